import { isIP } from 'node:net'
import { Client, type Dispatcher } from 'undici'
import { readRemoteUrl } from '../wire/remote-url.ts'
import type { AddressRules } from './address-rules.ts'
import type { Network } from './network.ts'

export interface FetchBytesParts {
  readonly network: Network
  readonly rules: AddressRules
  readonly bytesMax: number
  readonly timeoutMs: number
}

/** Gets what is at an address. Throws whatever was in the way, which is for the log and never for the caller. */
export type FetchBytes = (address: string, signal: AbortSignal) => Promise<Buffer>

const redirectsMax = 3
const redirects = new Set([301, 302, 303, 307, 308])
const headerBytesMax = 16_384

const requestHeaders = {
  accept: 'image/png, image/jpeg, image/webp, image/gif',
  'accept-encoding': 'identity',
  'user-agent': 'vllm-gateway (fetches an image for its user)',
}

/** Every hop is checked from the start: its address, its host, and all that the host's name means. */
export function createFetchBytes({ network, rules, bytesMax, timeoutMs }: FetchBytesParts): FetchBytes {
  async function addressesOf({ hostname }: URL, signal: AbortSignal): Promise<readonly string[]> {
    const host = hostname.replace(/^\[|\]$/g, '')
    if (!rules.mayAsk(host)) throw new Error('The host is denied.')
    const addresses = isIP(host) === 0 ? await network.lookup(host, signal) : [host]
    if (addresses.length === 0) throw new Error('The host has no address.')
    if (!addresses.every(rules.mayDial)) throw new Error('The host is not public.')
    return addresses
  }

  /** The bytes, or the address that a redirect leads to. */
  async function ask(url: URL, signal: AbortSignal): Promise<Buffer | string> {
    const addresses = await addressesOf(url, signal)
    const connect = network.connectTo(addresses, timeoutMs)
    const client = new Client(url.origin, { connect, allowH2: false, maxHeaderSize: headerBytesMax })
    try {
      const path = url.pathname + url.search
      const answer = await client.request({ method: 'GET', path, headers: requestHeaders, signal })
      return redirects.has(answer.statusCode) ? locationOf(answer) : await readBody(answer, bytesMax)
    } finally {
      // Also ends what is still to come of a body that nobody wants.
      await client.destroy()
    }
  }

  return async (address, signal) => {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
    let url = checkedUrl(address)
    for (let hops = 0; hops <= redirectsMax; hops++) {
      const found = await ask(url, limited)
      if (typeof found !== 'string') return found
      url = checkedUrl(resolve(found, url))
    }
    throw new Error(`There are more than ${redirectsMax} redirects.`)
  }
}

function checkedUrl(address: string): URL {
  const url = readRemoteUrl(address)
  if (url === undefined) throw new Error('The address is of another form.')
  return url
}

function locationOf({ headers }: Dispatcher.ResponseData): string {
  const { location } = headers
  if (typeof location !== 'string') throw new Error('A redirect leads nowhere.')
  return location
}

/** A backslash would become a slash here, and so be gone before it is looked for. */
function resolve(location: string, base: URL): string {
  if (location.includes('\\')) throw new Error('The address is of another form.')
  return URL.parse(location, base)?.href ?? ''
}

async function readBody({ statusCode, headers, body }: Dispatcher.ResponseData, bytesMax: number): Promise<Buffer> {
  if (statusCode !== 200) throw new Error(`The answer is ${statusCode}.`)
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') throw new Error('The answer is compressed.')
  if (Number(headers['content-length'] ?? 0) > bytesMax) throw new Error(`It is longer than ${bytesMax} bytes.`)
  const pieces: Buffer[] = []
  let length = 0
  // Without an encoding set, undici's bodies are of buffers.
  for await (const piece of body as AsyncIterable<Buffer>) {
    length += piece.length
    if (length > bytesMax) throw new Error(`It is longer than ${bytesMax} bytes.`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces, length)
}
