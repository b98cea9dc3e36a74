import { createServer } from 'node:http'
import { type AddressInfo, createServer as createRawServer, isIP, type Server, type Socket } from 'node:net'
import { Client } from 'undici'
import { expect, onTestFinished, test } from 'vitest'
import { openNetwork } from '../../src/media/network.ts'
import { startNameServer } from './name-server.ts'

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
  })
  // A server that listens on a port has an address with one.
  return (server.address() as AddressInfo).port
}

async function nameServer(addresses: readonly string[] | 'silent') {
  const server = await startNameServer(addresses)
  onTestFinished(() => server.close())
  return server
}

test('a name is told with all its addresses of both families', async () => {
  const { address } = await nameServer(['93.184.216.34', '10.0.0.1', '2606:2800:0220:0001:0248:1893:25c8:1946'])
  const found = await openNetwork([address]).lookup('images.example', AbortSignal.timeout(5000))
  expect(found).toEqual(['93.184.216.34', '10.0.0.1', '2606:2800:220:1:248:1893:25c8:1946'])
})

test('a name without addresses of one family has those of the other', async () => {
  const { address } = await nameServer(['93.184.216.34'])
  expect(await openNetwork([address]).lookup('images.example', AbortSignal.timeout(5000))).toEqual(['93.184.216.34'])
})

test('a name without any address has none', async () => {
  const { address } = await nameServer([])
  expect(await openNetwork([address]).lookup('images.example', AbortSignal.timeout(5000))).toEqual([])
})

test('a name server that does not answer is not waited for when the request ends', async () => {
  const server = await nameServer('silent')
  const ended = new AbortController()
  const looking = openNetwork([server.address]).lookup('images.example', ended.signal)
  await expect.poll(() => server.asked).toBeGreaterThan(0)
  ended.abort(new Error('The client left.'))
  await expect(looking).rejects.toThrow('The client left.')
})

test('a connection goes to the address that was checked, under the name that was asked for', async () => {
  const hosts: unknown[] = []
  const port = await listen(createServer((request, response) => response.end(String(hosts.push(request.headers.host)))))
  const { lookup, connectTo } = openNetwork([(await nameServer(['203.0.113.1'])).address])
  expect(await lookup('images.example', AbortSignal.timeout(5000))).toEqual(['203.0.113.1'])
  const client = new Client(`http://images.example:${port}`, { connect: connectTo(['127.0.0.1'], 2000) })
  onTestFinished(() => client.destroy())
  const { body } = await client.request({ method: 'GET', path: '/' })
  expect(await body.text()).toBe('1')
  expect(hosts).toEqual([`images.example:${port}`])
})

test('a connection goes to the next of the checked addresses where the first does not answer', async () => {
  const port = await listen(createServer((_request, response) => response.end('here')))
  const client = new Client(`http://images.example:${port}`, {
    connect: openNetwork().connectTo(['::1', '127.0.0.1'], 2000),
  })
  onTestFinished(() => client.destroy())
  const { body } = await client.request({ method: 'GET', path: '/' })
  expect(await body.text()).toBe('here')
})

test('TLS names the host, not the address', async () => {
  const hello = Promise.withResolvers<string>()
  const sockets = new Set<Socket>()
  const port = await listen(
    createRawServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.once('data', (bytes) => hello.resolve(bytes.toString('latin1')))
    }),
  )
  const client = new Client(`https://images.example:${port}`, { connect: openNetwork().connectTo(['127.0.0.1'], 2000) })
  const asking = client.request({ method: 'GET', path: '/' }).catch((thrown: unknown) => thrown)
  expect(await hello.promise).toContain('images.example')
  for (const socket of sockets) socket.destroy()
  await client.destroy()
  expect(await asking).toBeInstanceOf(Error)
})

test('the own addresses are those of the machine', () => {
  const own = openNetwork().ownAddresses()
  expect(own).toContain('127.0.0.1')
  expect(own.filter((address) => isIP(address) === 0)).toEqual([])
})
