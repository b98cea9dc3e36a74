import type { Lane } from '../sharing/fair-line.ts'
import type { Asking } from './asking.ts'

/** What a batch has room for. */
export interface Room {
  readonly inputs: number
  readonly tokens: number
}

/** A request that could go along, and what of the room it would take. */
interface Candidate extends Room {
  readonly asking: Asking
}

/** What one owner has in a batch, and which of its requests would be the next in it. */
interface Share {
  tokens: number
  next: Candidate | undefined
  readonly rest: Iterator<Asking, undefined>
}

/**
 * Who goes along with a batch: of all that fit as a whole ever the one whose owner has the fewest tokens in it then. In the
 * order in which they came, or by counts of requests, large ones would take what room is left in the turns of others.
 */
export function chooseCompany(
  lanes: Iterable<Lane<Asking>>,
  room: Room,
  tokensOf: (lane: Lane<Asking>) => number,
): readonly Asking[] {
  const shares = Array.from(lanes, (lane) => openShare(lane, tokensOf(lane)))
  const chosen: Asking[] = []
  let left = room
  while (left.inputs > 0 && left.tokens > 0) {
    const share = findLeast(shares, left)
    if (share?.next === undefined) break
    const { asking, inputs, tokens } = share.next
    chosen.push(asking)
    left = { inputs: left.inputs - inputs, tokens: left.tokens - tokens }
    share.tokens += tokens
    share.next = nextOf(share.rest)
  }
  return chosen
}

function openShare({ waiting }: Lane<Asking>, tokens: number): Share {
  const rest = waiting.values()
  return { tokens, next: nextOf(rest), rest }
}

/** Told once for each: there may be thousands, and all of them are compared for each that is chosen. */
function nextOf(rest: Iterator<Asking, undefined>): Candidate | undefined {
  const asking = rest.next().value
  return asking && { asking, inputs: asking.left(), tokens: asking.tokensLeft() }
}

/** Of several that are even, the one whose turn is longest ago. */
function findLeast(shares: readonly Share[], room: Room): Share | undefined {
  let best: Share | undefined
  let least = Number.POSITIVE_INFINITY
  for (const share of shares) {
    passOver(share, room)
    const tokens = share.next === undefined ? Number.POSITIVE_INFINITY : share.tokens + share.next.tokens
    if (tokens >= least) continue
    least = tokens
    best = share
  }
  return best
}

/** What does not fit now never will: there is only less room. */
function passOver(share: Share, { inputs, tokens }: Room): void {
  while (share.next !== undefined && (share.next.inputs > inputs || share.next.tokens > tokens)) {
    share.next = nextOf(share.rest)
  }
}
