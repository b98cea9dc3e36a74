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
 * Slides in steps: the stretch is cut into steps, and what was added in one counts until all of it is too old. What is
 * counted is therefore never less than what was really used in the stretch, and older by one step at most.
 */
export function createSlidingWindow(spanMs: number, steps: number): SlidingWindow {
  return new SteppedWindow(spanMs / steps, steps)
}

interface Step {
  /** Its number since the clock's beginning; negative before that, where a process was told what was used before it. */
  readonly number: number
  amount: number
}

/**
 * Of steps in which nothing was added nothing is kept, and methods are shared: there are three windows for each person behind
 * a key, and most ask seldom.
 */
class SteppedWindow implements SlidingWindow {
  readonly #stepMs: number
  readonly #steps: number
  /** The oldest first. */
  readonly #kept: Step[] = []
  #sum = 0

  constructor(stepMs: number, steps: number) {
    this.#stepMs = stepMs
    this.#steps = steps
  }

  total(now: number): number {
    this.#forgetBefore(now)
    return this.#sum
  }

  add(now: number, amount: number): void {
    this.#forgetBefore(now)
    this.#change(this.#numberAt(now), amount)
  }

  correct(addedAt: number, now: number, difference: number): void {
    this.#forgetBefore(now)
    const number = this.#numberAt(addedAt)
    if (number >= this.#oldestAt(now)) this.#change(number, difference)
  }

  waitFor(now: number, amount: number, limit: number): number {
    this.#forgetBefore(now)
    if (amount > limit) return Number.POSITIVE_INFINITY
    let left = this.#sum
    if (left + amount <= limit) return 0
    for (const step of this.#kept) {
      left -= step.amount
      if (left + amount <= limit) return this.#untilGone(step, now)
    }
    return this.emptyIn(now)
  }

  emptyIn(now: number): number {
    this.#forgetBefore(now)
    const last = this.#kept.findLast(({ amount }) => amount > 0)
    return last === undefined ? 0 : this.#untilGone(last, now)
  }

  #numberAt(time: number): number {
    return Math.floor(time / this.#stepMs)
  }

  /** One step more than there are: the newest is still filling while the oldest still counts. */
  #oldestAt(now: number): number {
    return this.#numberAt(now) - this.#steps
  }

  #untilGone({ number }: Step, now: number): number {
    return Math.max(1, Math.ceil((number + this.#steps + 1) * this.#stepMs - now))
  }

  #forgetBefore(now: number): void {
    const oldest = this.#oldestAt(now)
    for (let first = this.#kept[0]; first !== undefined && first.number < oldest; first = this.#kept[0]) {
      this.#sum -= first.amount
      this.#kept.shift()
    }
    // Sums of fractions drift.
    if (this.#sum < 1e-9) this.#sum = 0
  }

  #change(number: number, amount: number): void {
    if (amount === 0) return
    this.#sum += amount
    const place = this.#kept.findLastIndex((step) => step.number <= number)
    const step = this.#kept[place]
    if (step?.number === number) step.amount += amount
    else this.#kept.splice(place + 1, 0, { number, amount })
  }
}
