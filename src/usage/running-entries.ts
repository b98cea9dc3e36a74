import type { RunningEntry } from './entry.ts'

export interface RunningEntriesParts {
  /** Monotonic milliseconds. */
  now(): number
  readonly noteEveryMs: number
  note(entries: readonly RunningEntry[]): void
}

/**
 * The requests that run, and one timer that notes those that have run for a while: short ones are never noted, and long
 * ones every so often.
 */
export interface RunningEntries {
  add(entry: RunningEntry): void
  remove(entry: RunningEntry): void
  /** Notes what is due; the timer's work, for tests. */
  noteDue(): void
  stop(): void
}

/** A tick notes a part of them, so that ten thousand streams do not hold up the event loop at once. */
const ticksPerRound = 20

export function createRunningEntries({ now, noteEveryMs, note }: RunningEntriesParts): RunningEntries {
  // In the order in which they are due: whoever is noted goes to the end.
  const running = new Set<RunningEntry>()
  const timer = setInterval(noteDue, noteEveryMs / ticksPerRound).unref()

  function noteDue(): void {
    const due = takeDue(now())
    if (due.length > 0) note(due)
  }

  function takeDue(at: number): RunningEntry[] {
    const due: RunningEntry[] = []
    for (const entry of running) {
      if (entry.noteAt > at) break
      due.push(entry)
    }
    for (const entry of due) {
      entry.noted = true
      add(entry)
    }
    return due
  }

  function add(entry: RunningEntry): void {
    running.delete(entry)
    entry.noteAt = now() + noteEveryMs
    running.add(entry)
  }

  return {
    add,
    remove: (entry) => void running.delete(entry),
    noteDue,
    stop: () => clearInterval(timer),
  }
}
