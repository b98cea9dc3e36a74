import { Roster } from '../chat/roster.ts'
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
  /** Nobody is running. */
  isEmpty(): boolean
  /** Notes what is due; the timer's work, for tests. */
  noteDue(): void
  stop(): void
}

/** A tick notes those that are due since the last: ten thousand streams do not hold up the event loop at once. */
const ticksPerRound = 20

export function createRunningEntries({ now, noteEveryMs, note }: RunningEntriesParts): RunningEntries {
  const running = new Roster<RunningEntry>()
  const timer = setInterval(noteDue, noteEveryMs / ticksPerRound).unref()

  function noteDue(): void {
    const at = now()
    const due = running.list().filter(({ noteAt }) => noteAt <= at)
    for (const entry of due) {
      entry.noted = true
      entry.noteAt = at + noteEveryMs
    }
    if (due.length > 0) note(due)
  }

  return {
    add(entry) {
      entry.noteAt = now() + noteEveryMs
      running.add(entry)
    },
    remove: (entry) => running.remove(entry),
    isEmpty: () => running.size === 0,
    noteDue,
    stop: () => clearInterval(timer),
  }
}
