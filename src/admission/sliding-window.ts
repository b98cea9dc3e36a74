/** Amounts of the last stretch of time, such as tokens of the last minute. Times are milliseconds of one clock. */
export interface SlidingWindow {
  /** Everything that still counts at this time. */
  total(now: number): number
  add(now: number, amount: number): void
  /** Puts right what was added at a time before; nothing happens where that does not count any more. */
  correct(addedAt: number, now: number, difference: number): void
  /** How long until `amount` more fits below `limit`; 0 is now. Infinity where it never does. */
  waitFor(now: number, amount: number, limit: number): number
  /** How long until nothing counts any more. */
  emptyIn(now: number): number
}

/**
 * Slides in steps: the stretch is cut into buckets, and a bucket counts until all of it is too old. What is counted is
 * therefore never less than what was really used in the stretch, and older by one step at most.
 */
export function createSlidingWindow(spanMs: number, steps: number): SlidingWindow {
  const stepMs = spanMs / steps
  /** One more than the steps: the newest is still filling while the oldest still counts. */
  const amounts = new Float64Array(steps + 1)
  let newest = 0
  let sum = 0

  function stepOf(time: number): number {
    return Math.floor(time / stepMs)
  }

  /** Forgets what has become too old. */
  function slideTo(now: number): void {
    const step = Math.max(newest, stepOf(now))
    const passed = Math.min(step - newest, amounts.length)
    for (let gone = 1; gone <= passed; gone++) {
      const place = placeOf(newest + gone)
      sum -= amounts[place] ?? 0
      amounts[place] = 0
    }
    newest = step
    // Sums of fractions drift.
    if (sum < 1e-9) sum = 0
  }

  /** Steps before the clock's beginning are negative: a process may be told what was used before it. */
  function placeOf(step: number): number {
    return ((step % amounts.length) + amounts.length) % amounts.length
  }

  function oldest(): number {
    return newest - amounts.length + 1
  }

  function change(step: number, amount: number): void {
    const place = placeOf(step)
    amounts[place] = (amounts[place] ?? 0) + amount
    sum += amount
  }

  /** From the oldest that counts: the moment at which a step and all before it count no more. */
  function expiryOf(step: number): number {
    return (step + amounts.length) * stepMs
  }

  return {
    total(now) {
      slideTo(now)
      return sum
    },
    add(now, amount) {
      slideTo(now)
      change(newest, amount)
    },
    correct(addedAt, now, difference) {
      slideTo(now)
      const step = stepOf(addedAt)
      if (step >= oldest() && step <= newest) change(step, difference)
    },
    waitFor(now, amount, limit) {
      slideTo(now)
      if (amount > limit) return Number.POSITIVE_INFINITY
      let left = sum
      if (left + amount <= limit) return 0
      for (let step = oldest(); step <= newest; step++) {
        left -= amounts[placeOf(step)] ?? 0
        if (left + amount <= limit) return Math.max(1, Math.ceil(expiryOf(step) - now))
      }
      return Math.ceil(expiryOf(newest) - now)
    },
    emptyIn(now) {
      slideTo(now)
      for (let step = newest; step >= oldest(); step--) {
        if ((amounts[placeOf(step)] ?? 0) > 0) return Math.max(1, Math.ceil(expiryOf(step) - now))
      }
      return 0
    },
  }
}
