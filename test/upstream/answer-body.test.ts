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
  test('is handed over as it comes, to its end', async () => {
    let write: (text: string) => void = () => undefined
    const { body } = await answerOf((socket) => {
      write = (text) => socket.write(text)
      write(`${head}ab`)
    })
    const taken: string[] = []
    const read = body.read((bytes) => {
      taken.push(String(bytes))
      return undefined
    })
    await until(() => taken.length > 0)
    expect(taken.join('')).toBe('ab')
    write('cdef')
    await read
    expect(taken.join('')).toBe('abcdef')
  })

  test('is handed over in one piece where it came in one read, however many chunks that were', async () => {
    const chunks = ['data: a\n\n', 'data: b\n\n', 'data: c\n\n']
    const framed = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`)
    const { body } = await answerOf((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')
      setTimeout(() => socket.write(`${framed.join('')}0\r\n\r\n`), 20)
    })
    const taken: string[] = []
    await body.read((bytes) => {
      taken.push(String(bytes))
      return undefined
    })
    expect(taken).toEqual([chunks.join('')])
  })

  test('keeps what comes while its reader asks to wait, in order', async () => {
    const { body } = await answerOf((socket) => {
      socket.write(`${head}ab`, () =>
        setImmediate(() => socket.write('cd', () => setImmediate(() => socket.end('ef')))),
      )
    })
    let text = ''
    let isWaiting = false
    await body.read(async (bytes) => {
      expect(isWaiting).toBe(false)
      isWaiting = true
      await new Promise((resolve) => setTimeout(resolve, 20))
      isWaiting = false
      text += bytes
    })
    expect(text).toBe('abcdef')
  })

  test('gives what came before it broke off, and then the break', async () => {
    const { body } = await answerOf((socket) => socket.write(`${head}abc`, () => socket.destroy()))
    let text = ''
    const read = body.read((bytes) => {
      text += bytes
      return undefined
    })
    await expect(read).rejects.toThrow()
    expect(text).toBe('abc')
  })

  test('gives what came before it broke off also to a reader that asks to wait', async () => {
    let closed = false
    const { body } = await answerOf((socket) => {
      socket.on('close', () => {
        closed = true
      })
      socket.write(`${head}ab`, () =>
        setImmediate(() => socket.write('cd', () => setImmediate(() => socket.destroy()))),
      )
    })
    let text = ''
    const read = body.read(async (bytes) => {
      await until(() => closed)
      text += bytes
    })
    await expect(read).rejects.toThrow()
    expect(text).toBe('abcd')
  })

  test('is given up at once by its signal, whatever its reader waits for, and hands over nothing more', async () => {
    let more: () => void = () => undefined
    const { url } = await runRawServer((socket, before) => {
      more = () => socket.write('cd')
      socket.write(before === 0 ? `${head}ab` : httpAnswer('{}'))
    })
    const server = startServer(url)
    const leaving = new AbortController()
    const { body } = await server.ask({ method: 'GET', path: '/' }, leaving.signal)
    const taken: string[] = []
    let goOn: () => void = () => undefined
    const read = body.read((bytes) => {
      taken.push(String(bytes))
      return new Promise((resolve) => {
        goOn = resolve
      })
    })
    await until(() => taken.length === 1)
    more()
    // What another request brings back comes after what was sent before it.
    await (await server.ask({ method: 'GET', path: '/' }, new AbortController().signal)).body.text()
    const reason = new Error('enough')
    leaving.abort(reason)
    await expect(read).rejects.toBe(reason)
    goOn()
    await new Promise(setImmediate)
    expect(taken).toEqual(['ab'])
  })

  test.each([
    [
      'at once',
      () => {
        throw new Error('I cannot.')
      },
    ],
    ['later', () => Promise.reject(new Error('I cannot.'))],
  ])('that its reader cannot take, %s, ends its connection and tells why', async (_when, take) => {
    let closed = false
    const { body } = await answerOf((socket) => {
      socket.on('close', () => {
        closed = true
      })
      socket.write(`${head}abc`)
    })
    await expect(body.read(take)).rejects.toThrow('I cannot.')
    await until(() => closed)
  })

  test('that its reader cannot take any more, after some of it, ends its connection and tells why', async () => {
    let closed = false
    let more: () => void = () => undefined
    const { body } = await answerOf((socket) => {
      more = () => socket.write('cd')
      socket.on('close', () => {
        closed = true
      })
      socket.write(`${head}ab`)
    })
    const read = body.read((bytes) => {
      if (String(bytes) !== 'ab') throw new Error('No more.')
      more()
      return undefined
    })
    await expect(read).rejects.toThrow('No more.')
    await until(() => closed)
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
    let [last, still] = [-1, 0]
    await until(() => {
      still = sent === last ? still + 1 : 0
      last = sent
      return still === 25
    })
    expect(drained).toBe(false)
    let length = 0
    await body.read(({ byteLength }) => {
      length += byteLength
      return undefined
    })
    expect(length).toBe(size)
  })
})
