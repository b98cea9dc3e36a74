/** Somebody who shares with others: what of an owner waits, in the order of its turns, and how much of it runs. */
export interface Lane<Waiter> {
  readonly owner: string
  readonly waiting: Set<Waiter>
  running: number
}

/** All who wait for something, in a lane for each owner: first come, first served within it, and the lanes by turns. */
export interface FairLine<Waiter> {
  readonly size: number
  /** Those in which somebody waits, first the one whose turn is longest ago. */
  readonly lanes: Iterable<Lane<Waiter>>
  /** The lane of an owner, as long as something of it runs or waits. */
  laneOf(owner: string): Lane<Waiter>
  add(lane: Lane<Waiter>, waiter: Waiter): void
  remove(lane: Lane<Waiter>, waiter: Waiter): void
  /** Takes out who is next: of the owner who has the fewest running; of several, the one whose turn is longest ago. */
  takeNext(): Next<Waiter> | undefined
  /** Takes out who came last to the longest lane, so that there is room for one of a lane that is shorter, also with it. */
  takeLastBefore(lane: Lane<Waiter>): Waiter | undefined
  /** To be called when the last of a lane may have gone. */
  tidy(lane: Lane<Waiter>): void
}

interface Next<Waiter> {
  readonly lane: Lane<Waiter>
  readonly waiter: Waiter
}

export function createFairLine<Waiter>(): FairLine<Waiter> {
  const lanes = new Map<string, Lane<Waiter>>()
  /** Lanes in which somebody waits; whose turn it was goes to the end. */
  const inTurn = new Set<Lane<Waiter>>()
  let size = 0

  function add(lane: Lane<Waiter>, waiter: Waiter): void {
    lane.waiting.add(waiter)
    inTurn.add(lane)
    size++
  }

  function takeOut(lane: Lane<Waiter>, waiter: Waiter): void {
    if (!lane.waiting.delete(waiter)) return
    size--
    if (lane.waiting.size === 0) inTurn.delete(lane)
  }

  function tidy(lane: Lane<Waiter>): void {
    if (lane.running === 0 && lane.waiting.size === 0) lanes.delete(lane.owner)
  }

  return {
    get size() {
      return size
    },
    lanes: inTurn,
    laneOf(owner) {
      const known = lanes.get(owner)
      if (known !== undefined) return known
      const lane = { owner, waiting: new Set<Waiter>(), running: 0 }
      lanes.set(owner, lane)
      return lane
    },
    add,
    remove(lane, waiter) {
      takeOut(lane, waiter)
      tidy(lane)
    },
    takeNext() {
      const lane = first(inTurn, (one, best) => one.running < best.running)
      const [waiter] = lane?.waiting ?? []
      if (lane === undefined || waiter === undefined) return undefined
      takeOut(lane, waiter)
      if (inTurn.delete(lane)) inTurn.add(lane)
      return { lane, waiter }
    },
    takeLastBefore(lane) {
      const longest = first(inTurn, (one, best) => one.waiting.size > best.waiting.size)
      if (longest === undefined || longest.waiting.size <= lane.waiting.size + 1) return undefined
      const last = [...longest.waiting].at(-1)
      if (last !== undefined) takeOut(longest, last)
      return last
    },
    tidy,
  }
}

/** The first that no other is better than. */
function first<Item>(items: Iterable<Item>, isBetter: (one: Item, best: Item) => boolean): Item | undefined {
  let best: Item | undefined
  for (const item of items) if (best === undefined || isBetter(item, best)) best = item
  return best
}
