/** What this room asks of a log. */
export interface PresenceLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

/** Whether the database was there when it was last asked; tells the log when that changes. */
export interface Presence {
  /** True for a while after a failure: it is not waited for then. */
  readonly isAway: boolean
  /** Gives what was asked of the database, and notes whether it came. */
  note<Result>(asked: Promise<Result>): Promise<Result>
}

const awayMs = 5000

export function createPresence(log: PresenceLog): Presence {
  let awayUntil = Number.NEGATIVE_INFINITY
  let isToldAway = false

  function noteThere(): void {
    awayUntil = Number.NEGATIVE_INFINITY
    if (isToldAway) log.info({}, 'responses are kept in the database again')
    isToldAway = false
  }

  function noteAway(thrown: unknown): void {
    awayUntil = performance.now() + awayMs
    if (!isToldAway) log.warn({ cause: String(thrown) }, 'responses are kept in memory only: the database is away')
    isToldAway = true
  }

  return {
    get isAway() {
      return performance.now() < awayUntil
    },
    async note(asked) {
      try {
        const result = await asked
        noteThere()
        return result
      } catch (thrown) {
        noteAway(thrown)
        throw thrown
      }
    },
  }
}
