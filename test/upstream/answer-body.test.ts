import { describe, expect, test } from 'vitest'
import type { VllmAnswer } from '../../src/upstream/vllm-server.ts'
import { until } from '../simulator/running-simulator.ts'
import { httpAnswer, type RawAnswer, runRawServer } from './raw-server.ts'
import { startServer } from './running-upstream.ts'

async function answerOf(respond: RawAnswer): Promise<VllmAnswer> {
  const { url } = await runRawServer(respond)
  return startServer(url).ask({ method: 'GET', path: '/' }, new AbortController().signal)
}

const head = 'HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n'

describe('an answer’s body', () => {
  test('is taken as it comes, and is undefined at its end, also when asked again', async () => {
    let write: (text: string) => void = () => undefined
    const { body } = await answerOf((socket) => {
      write = (text) => socket.write(text)
      write(`${head}ab`)
    })
    expect((await body.take())?.map(String).join('')).toBe('ab')
    const next = body.take()
    write('cdef')
    expect((await next)?.map(String).join('')).toBe('cdef')
    expect(await body.take()).toBeUndefined()
    expect(await body.take()).toBeUndefined()
  })

  test('gives what came before it broke off, and then the break', async () => {
    const { body } = await answerOf((socket) => socket.write(`${head}abc`, () => socket.destroy()))
    expect((await body.take())?.map(String).join('')).toBe('abc')
    await expect(body.take()).rejects.toThrow()
  })

  test('as a text is whole, also where a character is cut', async () => {
    const bytes = Buffer.from('🚀')
    const { body } = await answerOf((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n')
      socket.write(bytes.subarray(0, 2), () => setImmediate(() => socket.write(bytes.subarray(2))))
    })
    expect(await body.text()).toBe('🚀')
  })

  test('as a text of a length is not waited for beyond it, and its connection ends', async () => {
    let closed = false
    const { body } = await answerOf((socket) => {
      socket.on('close', () => {
        closed = true
      })
      socket.write(`${head}abc`)
    })
    expect(await body.text(2)).toBe('ab')
    await until(() => closed)
  })

  test('as a text of a length that it does not have leaves the connection to the next requests', async () => {
    const running = await runRawServer((socket) => socket.write(httpAnswer('{}')))
    const server = startServer(running.url)
    for (let asked = 0; asked < 10; asked++) {
      const { body } = await server.ask({ method: 'GET', path: '/' }, new AbortController().signal)
      expect(await body.text(100)).toBe('{}')
    }
    expect(running.connections).toBeLessThanOrEqual(2)
  })

  test('that nobody takes holds its sender back, and goes on when it is taken', async () => {
    const size = 30 * 1024 * 1024
    let sent = 0
    let drained = false
    const piece = Buffer.alloc(64 * 1024)
    const { body } = await answerOf((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n`)
      const push = () => {
        while (sent < size) {
          sent += piece.length
          if (!socket.write(piece)) return
        }
        drained = true
      }
      socket.on('drain', push)
      push()
    })
    let last = -1
    await until(() => {
      const still = sent === last
      last = sent
      return still && sent > 0
    })
    expect(drained).toBe(false)
    let length = 0
    for (let taken = await body.take(); taken !== undefined; taken = await body.take()) {
      length += taken.reduce((sum, { byteLength }) => sum + byteLength, 0)
    }
    expect(length).toBe(size)
  })
})
