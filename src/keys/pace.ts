/** When the keys are read again, and how long that reading may take. */
export interface Pace {
  /** From the end of the last reading to the start of the next. */
  readonly restMs: number
  readonly readMs: number
}

/** A revocation, and a database that is back, must count within 5 s, of which 0.2 s are for late timers and a look at the rows. */
const budgetMs = 5000 - 200
const restMaxMs = 200

/** The longest that a reading may take. A slower one goes on below, and its end is ignored. */
export const readMaxMs = (budgetMs - restMaxMs) / 2

/** The least that a reading is given: after a machine stood still the sum is no more to be kept, and keys are to be read. */
const readMinMs = 800

/** From start to start, where readings may take that long. */
const slowPeriodMs = budgetMs - readMaxMs

/**
 * A revocation may fall just behind what one reading sees. The next one sees it, and when that has ended it holds: from the
 * start of a reading to the end of the next there may be no more than the budget.
 *
 *     period + next reading ≤ 4800, and period ≥ reading + rest
 *
 * Readings of 2300 ms can thus go on for good (2300 + 200 + 2300). A period beyond 2500 ms leaves less to the next reading,
 * at 4 s only 800 ms: it is for readings that take less than half of that. One that turns slow fails, and `paceAfterFailure`
 * gives the next all it may take.
 */
export function paceAfter(tookMs: number, everyMs: number): Pace {
  const isQuick = tookMs <= (budgetMs - everyMs) / 2
  const wantedMs = isQuick ? everyMs : Math.min(everyMs, slowPeriodMs)
  const periodMs = Math.max(wantedMs, tookMs + Math.min(everyMs / 10, restMaxMs))
  return { restMs: periodMs - tookMs, readMs: Math.min(readMaxMs, Math.max(budgetMs - periodMs, readMinMs)) }
}

/** The database may have come back just behind the start of the reading that failed: the same sum, by a shorter rest. */
export function paceAfterFailure(tookMs: number, retryMs: number): Pace {
  const restMs = Math.min(retryMs, budgetMs - readMaxMs - tookMs)
  return { restMs: Math.max(restMs, 0), readMs: readMaxMs }
}
