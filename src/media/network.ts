import { Resolver } from 'node:dns/promises'
import { isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import { buildConnector } from 'undici'

/** What fetching needs of the world outside. */
export interface Network {
  /** Every address of a host name, none where it has none; A and AAAA as the name servers tell them. */
  lookup(host: string, signal: AbortSignal): Promise<readonly string[]>
  /** The machine's own addresses, as they are now. */
  ownAddresses(): readonly string[]
  /** Connects to these addresses and no other, whatever the host's name means by then. TLS still names the host. */
  connectTo(addresses: readonly string[], timeoutMs: number): buildConnector.connector
}

const answerMs = 2000

/** Name servers are the system's where none are given, as `127.0.0.1:53`. */
export function openNetwork(nameServers?: readonly string[]): Network {
  return { lookup: (host, signal) => lookup(host, signal, nameServers), ownAddresses, connectTo }
}

/** Asks the name servers: the system's own lookup cannot be ended, and holds one of the few threads that files need too. */
async function lookup(
  host: string,
  signal: AbortSignal,
  nameServers: readonly string[] | undefined,
): Promise<readonly string[]> {
  signal.throwIfAborted()
  const resolver = new Resolver({ timeout: answerMs, tries: 2 })
  if (nameServers !== undefined) resolver.setServers(nameServers)
  const cancel = () => resolver.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  // A name without addresses of one family is an error there, and none to us.
  const none = () => []
  const found = await Promise.all([resolver.resolve4(host).catch(none), resolver.resolve6(host).catch(none)])
  signal.removeEventListener('abort', cancel)
  signal.throwIfAborted()
  return found.flat()
}

function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((all = []) => all.map(({ address }) => address))
}

function connectTo(addresses: readonly string[], timeoutMs: number): buildConnector.connector {
  const pinned = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }))
  const [first = { address: '', family: 4 }] = pinned
  return buildConnector({
    timeout: timeoutMs,
    allowH2: false,
    lookup: (_host, { all }, callback) => {
      if (all === true) callback(null, pinned)
      else callback(null, first.address, first.family)
    },
  })
}
