import type { Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { streams } from './ask.ts'
import { openSocket } from './raw-exchange.ts'
import { readFrames, textOf } from './read-frames.ts'

const words = 'Grüße 🚀 日本語 to you'

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway()
})

afterAll(() => gateway.stop())

describe('the bytes of a stream', () => {
  function requestIn(version: '1.0' | '1.1', body: object): string {
    const json = JSON.stringify(body)
    const headers = ['Host: x', 'Content-Type: application/json', `X-Api-Key: ${gateway.key}`]
    const length = `Content-Length: ${Buffer.byteLength(json)}`
    return [`POST /v1/chat/completions HTTP/${version}`, ...headers, length, '', json].join('\r\n')
  }

  /** Head and body of the next answer, its bytes as Latin-1, read until `isWhole`. */
  async function readAnswer(socket: Socket, isWhole: (body: string) => boolean): Promise<[string, string]> {
    let text = ''
    for (;;) {
      const bytes: Buffer | null = socket.read()
      if (bytes !== null) text += bytes.toString('latin1')
      const headEnd = text.indexOf('\r\n\r\n')
      const body = text.slice(headEnd + 4)
      if (headEnd !== -1 && (isWhole(body) || socket.readableEnded)) return [text.slice(0, headEnd), body]
      if (bytes === null) await new Promise((resolve) => socket.once('readable', resolve).once('end', resolve))
    }
  }

  /** What chunks hold; throws where a size is not that of its chunk. */
  function dechunk(body: string): string {
    let text = ''
    for (let at = 0; ; ) {
      const sizeEnd = body.indexOf('\r\n', at)
      const size = body.slice(at, sizeEnd)
      if (!/^[0-9a-f]+$/.test(size)) throw new Error(`${JSON.stringify(size)} is no chunk's size.`)
      const from = sizeEnd + 2
      const to = from + Number.parseInt(size, 16)
      if (body.slice(to, to + 2) !== '\r\n') throw new Error(`A chunk of ${size} is longer than that.`)
      if (size === '0') return to + 2 === body.length ? text : `${text}, and more than its end`
      text += body.slice(from, to)
      at = to + 2
    }
  }

  function utf8(latin1: string): string {
    return Buffer.from(latin1, 'latin1').toString('utf8')
  }

  test('are chunks of the size that they say, whatever they hold, and leave the connection to the next request', async () => {
    const socket = await openSocket(gateway)
    for (let asked = 0; asked < 2; asked++) {
      socket.write(requestIn('1.1', streams(`[[say ${words}]]`)))
      const [head, body] = await readAnswer(socket, (text) => text.endsWith('\r\n0\r\n\r\n'))
      expect(head).toMatch(/transfer-encoding: chunked/i)
      const frames = readFrames(utf8(dechunk(body)))
      expect(textOf(frames)).toContain(words)
      expect(frames.done).toBe(true)
    }
    socket.destroy()
  })

  test('are plain for a client of HTTP/1.0, which knows no chunks', async () => {
    const socket = await openSocket(gateway)
    socket.write(requestIn('1.0', streams(`[[say ${words}]]`)))
    const [head, body] = await readAnswer(socket, () => false)
    expect(head).not.toMatch(/transfer-encoding/i)
    expect(body).toMatch(/^data: \{/)
    const frames = readFrames(utf8(body))
    expect(textOf(frames)).toContain(words)
    expect(body.endsWith('data: [DONE]\n\n')).toBe(true)
  })
})
