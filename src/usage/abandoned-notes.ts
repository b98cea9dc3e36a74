import type { ForeignNote, SpoolFile } from './spool-file.ts'

export interface AbandonedNotesParts {
  /** Undefined while the spool cannot be read. */
  readonly file: () => SpoolFile | undefined
  /** Monotonic milliseconds. */
  now(): number
  /** A note that has not moved for this long has nobody who moves it. */
  readonly graceMs: number
  readonly everyMs: number
  onEnded(count: number): void
}

export interface AbandonedNotes {
  /** Looks once; the timer's work, for tests. */
  look(): void
  stop(): void
}

interface Sighting {
  readonly beat: number
  readonly since: number
}

/**
 * Ends the requests whose process is gone: those whose notes do not move any more. Two processes may share a spool while
 * one takes over from the other, and no clock but this process's own says how long a note has stood still.
 */
export function watchAbandonedNotes(parts: AbandonedNotesParts): AbandonedNotes {
  const { file, now, graceMs, everyMs, onEnded } = parts
  let sightings = new Map<string, Sighting>()
  const timer = setInterval(look, everyMs).unref()

  function look(): void {
    const spool = file()
    if (spool === undefined) return
    try {
      endAll(spool, spool.foreignNotes().filter(standsStill))
    } catch {
      // The spool's own writing tells what is wrong with it; the next look tries again.
    }
  }

  function standsStill({ id, beat }: ForeignNote): boolean {
    const seen = sightings.get(id)
    if (seen?.beat === beat) return now() - seen.since >= graceMs
    sightings.set(id, { beat, since: now() })
    return graceMs === 0
  }

  function endAll(spool: SpoolFile, notes: readonly ForeignNote[]): void {
    for (const note of notes) spool.endForeign(note)
    if (notes.length === 0) return
    const ended = new Set(notes.map(({ id }) => id))
    sightings = new Map([...sightings].filter(([id]) => !ended.has(id)))
    onEnded(notes.length)
  }

  return { look, stop: () => clearInterval(timer) }
}
