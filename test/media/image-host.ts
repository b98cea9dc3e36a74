import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Network, openNetwork } from '../../src/media/network.ts'

/** An address that is everybody's, and that nothing in these tests is ever sent to. */
export const publicAddress = '93.184.216.34'

export interface ImageHost {
  /** A world in which every address leads here. */
  readonly network: Network
  /** The addresses of each connection, oldest first. */
  readonly dialled: readonly (readonly string[])[]
  /** The names that were looked up, oldest first. */
  readonly lookedUp: readonly string[]
  readonly requests: readonly IncomingMessage[]
  /** How many are open now. */
  connections(): Promise<number>
  close(): Promise<void>
}

/** What names mean; a function is asked each time. A name that is not there has no address. */
export type Names = Readonly<Record<string, readonly string[] | (() => readonly string[])>>

/** A web server on loopback, and a network in which names mean what is said here and all connections end at it. */
export async function startImageHost(names: Names, answer: RequestListener): Promise<ImageHost> {
  const dialled: (readonly string[])[] = []
  const lookedUp: string[] = []
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A server that listens on a port has an address with one.
  const { port } = server.address() as AddressInfo
  const real = openNetwork()
  const network: Network = {
    async lookup(host) {
      lookedUp.push(host)
      const meant = names[host] ?? []
      return typeof meant === 'function' ? meant() : meant
    },
    ownAddresses: () => ['198.41.0.4'],
    connectTo(addresses, timeoutMs) {
      const connect = real.connectTo(['127.0.0.1'], timeoutMs)
      return (options, callback) => {
        dialled.push(addresses)
        connect({ ...options, hostname: '127.0.0.1', protocol: 'http:', port: String(port) }, callback)
      }
    },
  }
  return {
    network,
    dialled,
    lookedUp,
    requests,
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((thrown, count) => (thrown === null ? resolve(count) : reject(thrown)))
      }),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
