import { createFairLine, type Lane } from '../sharing/fair-line.ts'
import type { Asking, BatchItem } from './asking.ts'
import { chooseCompany } from './choose-company.ts'

export interface BatchBounds {
  /** Inputs in one batch. */
  readonly inputsMax: number
  /** Their tokens by estimate; a longer input goes alone. */
  readonly tokensMax: number
}

/** What is sent at once. */
export interface Batch {
  readonly items: readonly BatchItem[]
  /** To be called once: it does not count any more for the owner whose turn it was. */
  end(): void
}

/** Requests whose inputs are not all sent: each owner's in the order of their turns, and the owners by turns. */
export interface BatchLine {
  /** Requests of which nothing has been sent. */
  readonly waiting: number
  readonly isEmpty: boolean
  /** True where there is enough for a whole batch. */
  readonly isFull: boolean
  /** Since when the first has waited whose turn it may be, in monotonic milliseconds. */
  readonly since: number
  /** How many batches there are in it at the least. */
  batchesLeft(mixes: boolean): number
  add(asking: Asking): void
  remove(asking: Asking): void
  /**
   * Takes out who came last of the owner who has most requests of which nothing has been sent, so that there is room for
   * one of an owner who has fewer, also with it.
   */
  takeLastBefore(owner: string): Asking | undefined
  /** The next batch. `mixes`: inputs of several requests may go together. */
  take(mixes: boolean): Batch | undefined
}

/**
 * A batch is the turn of an owner, and in it of one request. What that leaves room for is given to those in line whose
 * inputs all fit, whosever they are, so that single inputs go together; it costs none of them their turn. Whose inputs are
 * not all sent has another turn after all others of its owner.
 */
export function createBatchLine({ inputsMax, tokensMax }: BatchBounds): BatchLine {
  const line = createFairLine<Asking>()
  /** Those in line of which nothing has been sent: only they can be turned away. */
  const queue = createFairLine<Asking>()
  let inputs = 0
  let tokens = 0

  function remove(asking: Asking): void {
    queue.remove(queue.laneOf(asking.owner), asking)
    const lane = line.laneOf(asking.owner)
    if (lane.waiting.has(asking)) {
      inputs -= asking.left()
      tokens -= asking.tokensLeft()
    }
    line.remove(lane, asking)
  }

  /** Of one that stands in line no longer. */
  function takeFrom(asking: Asking): readonly BatchItem[] {
    queue.remove(queue.laneOf(asking.owner), asking)
    const items = asking.take(inputsMax, tokensMax)
    inputs -= items.length
    tokens -= tokensOf(items)
    return items
  }

  function takeCompany(holder: Lane<Asking>, own: readonly BatchItem[]): readonly BatchItem[] {
    const taken = tokensOf(own)
    const room = { inputs: inputsMax - own.length, tokens: tokensMax - taken }
    const company = chooseCompany(line.lanes, room, (lane) => (lane === holder ? taken : 0))
    return company.flatMap((asking) => {
      line.remove(line.laneOf(asking.owner), asking)
      return takeFrom(asking)
    })
  }

  return {
    get waiting() {
      return queue.size
    },
    get isEmpty() {
      return line.size === 0
    },
    get isFull() {
      return inputs >= inputsMax || tokens >= tokensMax
    },
    get since() {
      let since = Number.POSITIVE_INFINITY
      for (const { waiting } of line.lanes) {
        const [first] = waiting
        if (first !== undefined) since = Math.min(since, first.since)
      }
      return since
    },
    batchesLeft(mixes) {
      const least = Math.ceil(Math.max(inputs / inputsMax, tokens / tokensMax))
      return mixes ? least : Math.max(least, line.size)
    },
    add(asking) {
      line.add(line.laneOf(asking.owner), asking)
      queue.add(queue.laneOf(asking.owner), asking)
      inputs += asking.left()
      tokens += asking.tokensLeft()
    },
    remove,
    takeLastBefore(owner) {
      const lane = queue.laneOf(owner)
      const last = queue.takeLastBefore(lane)
      queue.tidy(lane)
      if (last !== undefined) remove(last)
      return last
    },
    take(mixes) {
      const next = line.takeNext()
      if (next === undefined) return undefined
      const { lane, waiter: first } = next
      lane.running++
      const own = takeFrom(first)
      if (first.left() > 0) line.add(lane, first)
      const items = mixes && first.left() === 0 ? [...own, ...takeCompany(lane, own)] : own
      return {
        items,
        end() {
          lane.running--
          line.tidy(lane)
        },
      }
    },
  }
}

function tokensOf(items: readonly BatchItem[]): number {
  return items.reduce((sum, { tokens }) => sum + tokens, 0)
}
