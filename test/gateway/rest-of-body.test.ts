import { once } from 'node:events'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { sendLargeBody } from './large-bodies.ts'
import { openSocket } from './raw-exchange.ts'
import { until } from './until.ts'

let gateway: TestGateway
let small: TestGateway
const sockets: Socket[] = []

beforeAll(async () => {
  gateway = await startTestGateway()
  small = await startTestGateway({ settings: 'bodyMax: 64KiB' })
})
afterAll(async () => {
  for (const socket of sockets) socket.destroy()
  await Promise.all([gateway.stop(), small.stop()])
})

async function open(): Promise<{ socket: Socket; told(): string }> {
  const socket = await openSocket(small)
  sockets.push(socket)
  socket.on('error', () => undefined)
  let told = ''
  socket.on('data', (piece: Buffer) => {
    told += piece.toString()
  })
  return { socket, told: () => told }
}

/** The head of a chat request; `key` is the one that may use everything. */
function head(body: string, { key = small.key, version = '1.1', connection = 'keep-alive' } = {}): string {
  const type = 'Content-Type: application/json'
  const lines = ['Host: x', `Authorization: Bearer ${key}`, type, `Connection: ${connection}`, body, '', '']
  return [`POST /v1/chat/completions HTTP/${version}`, ...lines].join('\r\n')
}

const health = 'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n'

function statusesIn(text: string): string[] {
  return [...text.matchAll(/HTTP\/1\.\d (\d+)/g)].map(([, status = '']) => status)
}

describe('a body over the limit is a 413 that is told', () => {
  test.for(['sdk', 'http', 'bare 1.1', 'bare 1.0'] as const)(
    'to a client by %s',
    { timeout: 60_000 },
    async (sender) => {
      const { url, key } = gateway
      for (const megabytes of [34, 40, 64]) {
        expect(await sendLargeBody({ url, key, sender, bytes: megabytes * 1_000_000 })).toBe(413)
      }
      expect(await sendLargeBody({ url, key: 'wrong', sender, bytes: 40_000_000 })).toBe(403)
    },
  )
})

describe('what comes after a refused body', () => {
  test('is answered as a request of its own', async () => {
    for (const key of [small.key, 'wrong']) {
      const { socket, told } = await open()
      socket.write(`${head('Content-Length: 200000', { key })}${health.repeat(10_000).slice(0, 200_000)}${health}`)
      await until(() => told().includes('"ok"'))
      expect(statusesIn(told())).toEqual([key === 'wrong' ? '403' : '413', '200'])
    }
  })

  test('is answered likewise where the body came in chunks', async () => {
    const { socket, told } = await open()
    const chunk = `${(50_000).toString(16)}\r\n${health.repeat(2000).slice(0, 50_000)}\r\n`
    socket.write(`${head('Transfer-Encoding: chunked')}${chunk.repeat(4)}0\r\n\r\n${health}`)
    await until(() => told().includes('"ok"'))
    expect(statusesIn(told())).toEqual(['413', '200'])
  })

  test('is nothing where the body goes on as no HTTP: it has one answer, and the connection ends', async () => {
    const { socket, told } = await open()
    socket.write(`${head('Transfer-Encoding: chunked')}${(70_000).toString(16)}\r\n${'a'.repeat(70_000)}\r\n`)
    await until(() => told().includes('request_too_large'))
    socket.write('no chunk\r\n')
    await until(() => socket.closed)
    expect(statusesIn(told())).toEqual(['413'])
  })
})

describe.concurrent('a body without end', () => {
  test('is read for 256 MiB at most', { timeout: 60_000 }, async ({ expect }) => {
    for (const { key, connection } of [
      { key: small.key, connection: 'keep-alive' },
      { key: small.key, connection: 'close' },
      { key: 'wrong', connection: 'keep-alive' },
    ]) {
      const { socket, told } = await open()
      socket.write(head('Transfer-Encoding: chunked', { key, connection }))
      const sent = await sendWithoutEnd(socket)
      // Where the connection ends with the answer, that is waited for a second only.
      if (connection !== 'close') {
        expect(statusesIn(told())).toEqual([key === 'wrong' ? '403' : '413'])
        expect(sent / 2 ** 20).toBeGreaterThan(250)
      }
      expect(sent / 2 ** 20).toBeLessThan(300)
    }
  })

  test('is waited for a second where the connection ends with the answer', async ({ expect }) => {
    const { socket, told } = await open()
    socket.write(head('Transfer-Encoding: chunked', { key: 'wrong', connection: 'close' }))
    const from = performance.now()
    const dripping = setInterval(() => socket.write('1\r\na\r\n'), 100)
    await until(() => told().includes('invalid_api_key'))
    clearInterval(dripping)
    expect(performance.now() - from).toBeGreaterThan(900)
    expect(performance.now() - from).toBeLessThan(6000)
    expect(statusesIn(told())).toEqual(['403'])
  })

  test('is read for ten seconds at most', { timeout: 30_000 }, async ({ expect }) => {
    const { socket, told } = await open()
    socket.write(head('Transfer-Encoding: chunked', { key: 'wrong' }))
    await until(() => told().includes('invalid_api_key'))
    const from = performance.now()
    const dripping = setInterval(() => socket.write('1\r\na\r\n'), 100)
    await once(socket, 'close')
    clearInterval(dripping)
    expect(performance.now() - from).toBeGreaterThan(9000)
    expect(performance.now() - from).toBeLessThan(12_000)
    expect(statusesIn(told())).toEqual(['403'])
  })
})

/** Sends chunks until the connection ends. */
async function sendWithoutEnd(socket: Socket): Promise<number> {
  const chunk = Buffer.from(`${(1_000_000).toString(16)}\r\n${'a'.repeat(1_000_000)}\r\n`)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  while (!socket.closed) {
    if (!socket.write(chunk)) await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed])
  }
  return socket.bytesWritten
}
