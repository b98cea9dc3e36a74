import type { Asking, BatchItem } from './asking.ts'

export interface BatchBounds {
  /** Inputs in one batch. */
  readonly inputsMax: number
  /** Their tokens by estimate; a longer input goes alone. */
  readonly tokensMax: number
}

/** Requests whose inputs are not all sent, in the order of their turns. */
export interface BatchLine {
  /** Requests of which nothing has been sent. */
  readonly waiting: number
  readonly isEmpty: boolean
  /** True where there is enough for a whole batch. */
  readonly isFull: boolean
  /** Since when the first in line has waited, in monotonic milliseconds. */
  readonly since: number
  add(asking: Asking): void
  remove(asking: Asking): void
  /** The next batch. `mixes`: inputs of several requests may go together. */
  take(mixes: boolean): readonly BatchItem[]
}

/**
 * A batch is one request's turn. What its turn leaves room for is given to those in line whose inputs all fit, so that
 * single inputs go together; whose inputs are not all sent has another turn after everybody else.
 */
export function createBatchLine({ inputsMax, tokensMax }: BatchBounds): BatchLine {
  const line = new Set<Asking>()
  let waiting = 0
  let inputs = 0
  let tokens = 0

  function add(asking: Asking): void {
    line.add(asking)
    if (!asking.isBegun()) waiting++
    inputs += asking.left()
    tokens += asking.tokensLeft()
  }

  function remove(asking: Asking): void {
    if (!line.delete(asking)) return
    if (!asking.isBegun()) waiting--
    inputs -= asking.left()
    tokens -= asking.tokensLeft()
  }

  function takeFrom(asking: Asking, inputsLeft: number, tokensLeft: number): readonly BatchItem[] {
    remove(asking)
    const items = asking.take(inputsLeft, tokensLeft)
    if (asking.left() > 0) add(asking)
    return items
  }

  /** The inputs of those that fit as a whole. */
  function fill(batch: readonly BatchItem[]): readonly BatchItem[] {
    const items = [...batch]
    let tokensLeft = tokensMax - batch.reduce((sum, { tokens: some }) => sum + some, 0)
    for (const asking of line) {
      const inputsLeft = inputsMax - items.length
      if (inputsLeft === 0 || tokensLeft <= 0) break
      if (asking.left() > inputsLeft || asking.tokensLeft() > tokensLeft) continue
      tokensLeft -= asking.tokensLeft()
      items.push(...takeFrom(asking, inputsLeft, Number.POSITIVE_INFINITY))
    }
    return items
  }

  return {
    get waiting() {
      return waiting
    },
    get isEmpty() {
      return line.size === 0
    },
    get isFull() {
      return inputs >= inputsMax || tokens >= tokensMax
    },
    get since() {
      const [first] = line
      return first?.since ?? Number.POSITIVE_INFINITY
    },
    add,
    remove,
    take(mixes) {
      const [first] = line
      if (first === undefined) return []
      const batch = takeFrom(first, inputsMax, tokensMax)
      return mixes && first.left() === 0 ? fill(batch) : batch
    },
  }
}
