import { hash } from 'node:crypto'
import type { VllmAsk } from '../vllm-server.ts'
import type { ModelServer } from './model-server.ts'

/** Picks one of at least one. */
export type PickServer = (servers: readonly ModelServer[], ask: VllmAsk) => ModelServer

/** How far a server's load may be above the even share, so that what is cached there is used. */
const loadFactor = 1.25
/** Room that a server has whatever the others do: a second answer at the same time costs a GPU less than a prefix anew. */
const roomMin = 2

/**
 * Consistent hashing with bounded loads (Mirrokni, Thorup, Zadimoghaddam, 2016): conversations that begin alike go to the
 * same server, because there their prefix is cached, unless it has more than its share; then to the next in an order that
 * is the conversation's own, so that also what overflows comes back to where it was. Rendezvous hashing makes that order
 * from nothing but names: a server that leaves takes its conversations with it, and no others move.
 */
export const pickByPrefix: PickServer = (servers, ask) => {
  if (ask.prefix === undefined) return pickLeastBusy(servers, ask)
  const key = hashOf(ask.prefix())
  const capacity = capacityOf(servers)
  let best: ModelServer | undefined
  let bestScore = -1
  for (const server of servers) {
    const score = mix(key ^ server.hash)
    if (score <= bestScore || server.outstanding >= capacity) continue
    best = server
    bestScore = score
  }
  // Together they have room for more than there is: one is always below.
  return best ?? pickLeastBusy(servers, ask)
}

function capacityOf(servers: readonly ModelServer[]): number {
  let outstanding = 1
  for (const server of servers) outstanding += server.outstanding
  return Math.max(roomMin, Math.ceil((loadFactor * outstanding) / servers.length))
}

/** Among equals, the one that was asked least. */
export const pickLeastBusy: PickServer = (servers) =>
  servers.reduce((best, server) => {
    const more = server.outstanding - best.outstanding
    return more < 0 || (more === 0 && server.asked < best.asked) ? server : best
  })

export function hashOf(text: string): number {
  return hash('sha1', text, 'buffer').readInt32LE(0)
}

/** Spreads every bit over all of a number from 0 to 2³²−1 (the end of MurmurHash3). */
function mix(bits: number): number {
  let mixed = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
