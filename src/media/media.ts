import type { Media } from '../chat/serve-chat.ts'
import { createAddressRules } from './address-rules.ts'
import { createFetchBytes } from './fetch-bytes.ts'
import { createFetchTurns } from './fetch-turns.ts'
import type { Network } from './network.ts'
import { createRemoteImages } from './remote-images.ts'

interface RemoteImagesSettings {
  readonly enabled: boolean
  /** Of one image. */
  readonly bytesMax: number
  /** For one image, redirects included. */
  readonly timeoutMs: number
  /** Addresses, networks and host names that nothing is fetched from. */
  readonly deny: readonly string[]
}

/** A service's media; undefined where its owner does not allow addresses. */
export type MediaOf = (settings: RemoteImagesSettings) => Media | undefined

const turnsLimits = { atOnceMax: 2, waitingMax: 32 }
const failureMinMs = 1000

/** A key's turns are counted over all services together. */
export function createMediaOf(network: Network): MediaOf {
  const turns = createFetchTurns(turnsLimits)
  return ({ enabled, bytesMax, timeoutMs, deny }) => {
    if (!enabled) return undefined
    const rules = createAddressRules(deny, network.ownAddresses)
    const fetchBytes = createFetchBytes({ network, rules, bytesMax, timeoutMs })
    return createRemoteImages({ fetchBytes, turns, failureMinMs })
  }
}
