/** A revocation, and a database that is back, must count within 5 s, of which 0.2 s are for late timers and a look at the rows. */
const budgetMs = 5000 - 200
const restMaxMs = 200

/**
 * The longest that a reading may take. A slower one goes on below, and its end is ignored.
 *
 * A revocation may fall just behind what one reading sees. The next one sees it, and when that has ended it holds: from the
 * start of a reading to the end of the next there may be no more than the budget. Readings that take this long can go on for
 * good (2300 + 200 + 2300).
 */
export const readMaxMs = (budgetMs - restMaxMs) / 2

/** From the start of a reading to that of the next, at most. */
export const periodMaxMs = budgetMs - readMaxMs

/** From the end of a reading to the start of the next; `everyMs` is from start to start, `periodMaxMs` at most. */
export function restAfter(tookMs: number, everyMs: number): number {
  return Math.max(everyMs - tookMs, Math.min(everyMs / 10, restMaxMs))
}

/** The database may have come back just behind the start of the reading that failed. */
export function restAfterFailure(tookMs: number, retryMs: number): number {
  return Math.max(Math.min(retryMs, periodMaxMs - tookMs), 0)
}
