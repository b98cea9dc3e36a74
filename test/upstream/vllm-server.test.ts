import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { GatewayError } from '../../src/chat/gateway-error.ts'
import type { VllmAsk } from '../../src/upstream/vllm-server.ts'
import { failureOf } from '../chat/failure-of.ts'
import { until } from '../simulator/running-simulator.ts'
import { httpAnswer, type RawAnswer, runRawServer } from './raw-server.ts'
import { startServer } from './running-upstream.ts'

const chat: VllmAsk = { method: 'POST', path: '/v1/chat/completions', body: '{"a":1}', requestId: 'req1' }
const never = new AbortController().signal

const answers: RawAnswer = (socket) => socket.write(httpAnswer('{}'))

describe('a request', () => {
  test('goes below the base path of the server, with its key and the id of the request', async () => {
    const { url, requests } = await runRawServer(answers)
    const server = startServer(`${url}/base`, 'sesame')
    const answer = await server.ask(chat, never)
    expect([answer.status, answer.contentType, await answer.body.text()]).toEqual([200, 'application/json', '{}'])
    const [request = ''] = requests
    expect(request).toMatch(/^POST \/base\/v1\/chat\/completions HTTP\/1\.1\r\n/)
    const names = [...request.matchAll(/^([\w-]+): (.*)\r$/gm)].map(([, name, value]) => [name, value])
    expect(Object.fromEntries(names)).toEqual({
      host: url.slice('http://'.length),
      connection: 'keep-alive',
      authorization: 'Bearer sesame',
      'content-type': 'application/json',
      'x-request-id': 'req1',
      'content-length': '7',
    })
    expect(request.endsWith('\r\n\r\n{"a":1}')).toBe(true)
  })

  test('without key or body sends neither', async () => {
    const { url, requests } = await runRawServer(answers)
    const answer = await startServer(url).ask({ method: 'GET', path: '/v1/models' }, never)
    await answer.body.text()
    expect(requests[0]).toMatch(/^GET \/v1\/models HTTP/)
    expect(requests[0]).not.toMatch(/authorization|content-type|x-request-id/i)
  })

  test('finds a connection of those before it', async () => {
    const running = await runRawServer(answers)
    const server = startServer(running.url)
    for (let asked = 0; asked < 10; asked++) await (await server.ask(chat, never)).body.text()
    expect(running.requests).toHaveLength(10)
    // A connection rests for one turn of the event loop before it is used again.
    expect(running.connections).toBeLessThanOrEqual(2)
  })

  test('counts as outstanding until its answer is over', async () => {
    const { url } = await runRawServer((socket, before) => {
      if (before === 0) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{')
      else socket.write(httpAnswer('{}'))
    })
    const server = startServer(url)
    const [slow, quick] = [await server.ask(chat, never), await server.ask(chat, never)]
    await quick.body.text()
    expect(server.outstanding).toBe(1)
    slow.body.destroy()
    await until(() => server.outstanding === 0)
  })
})

describe('a connection that dies', () => {
  test('before a byte of the answer is tried once again', async () => {
    const { url, requests } = await runRawServer((socket, before) => {
      if (before === 0) socket.destroy()
      else socket.write(httpAnswer('{"again":true}'))
    })
    const answer = await startServer(url).ask(chat, never)
    expect(await answer.body.text()).toBe('{"again":true}')
    expect(requests).toHaveLength(2)
    expect(requests[0]).toBe(requests[1])
  })

  test('twice is a failure, and is not tried a third time', async () => {
    const { url, requests } = await runRawServer((socket) => socket.resetAndDestroy())
    const server = startServer(url)
    const failure = await failureOf(() => server.ask(chat, never))
    expect(failure).toMatchObject({ kind: 'upstream-unavailable', retryAfterSeconds: 2 })
    expect(requests).toHaveLength(2)
    expect(server.outstanding).toBe(0)
  })

  test('after the head of the answer is a failure of the body, and is not tried again', async () => {
    const { url, requests } = await runRawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n{', () => socket.destroy())
    })
    const server = startServer(url)
    const answer = await server.ask(chat, never)
    await expect(answer.body.text()).rejects.toThrow()
    expect(requests).toHaveLength(1)
    expect(server.outstanding).toBe(0)
  })
})

describe('a body that is a stream', () => {
  const upload = (body: VllmAsk['body'], rest: Partial<VllmAsk> = {}): VllmAsk => ({
    ...{ method: 'POST', path: '/inference', contentType: 'multipart/form-data; boundary=b', requestId: 'req1' },
    ...(body === undefined ? {} : { body }),
    ...rest,
  })

  test('goes with its own type, and with its length where that is known', async () => {
    const { url, requests } = await runRawServer(answers)
    const body = Readable.from([Buffer.from('one'), Buffer.from('two')])
    const answer = await startServer(url).ask(upload(body, { contentLength: 6 }), never)
    await answer.body.text()
    const [request = ''] = requests
    expect(request).toMatch(/^content-type: multipart\/form-data; boundary=b\r$/m)
    expect(request).toMatch(/^content-length: 6\r$/m)
    expect(request).not.toContain('application/json')
    expect(request.endsWith('onetwo')).toBe(true)
    expect(body.destroyed).toBe(true)
  })

  test('goes in chunks where its length is not known', async () => {
    const ended = '0\r\n\r\n'
    const { url, requests } = await runRawServer((socket, before) => {
      const answerAtEnd = (bytes: string) => bytes.endsWith(ended) && socket.write(httpAnswer('{}'))
      if (!answerAtEnd(requests[before] ?? '')) socket.on('data', (bytes: Buffer) => answerAtEnd(bytes.toString()))
    })
    const { body } = await startServer(url).ask(upload(Readable.from([Buffer.from('onetwo')])), never)
    expect(await body.text()).toBe('{}')
    expect(requests.join('')).toMatch(/transfer-encoding: chunked/i)
  })

  test('is opened anew for the second try where a function opens it, and is else tried once', async () => {
    const dying: RawAnswer = (socket, before) => {
      if (before === 0) socket.resetAndDestroy()
      else socket.write(httpAnswer('{}'))
    }
    const [once, twice] = [await runRawServer(dying), await runRawServer(dying)]
    const open = () => Readable.from([Buffer.from('sound')])
    const failure = await failureOf(() => startServer(once.url).ask(upload(open(), { contentLength: 5 }), never))
    expect([failure.kind, once.requests.length]).toEqual(['upstream-unavailable', 1])
    const answer = await startServer(twice.url).ask(upload(open, { contentLength: 5 }), never)
    expect(await answer.body.text()).toBe('{}')
    expect(twice.requests.map((request) => request.slice(-5))).toEqual(['sound', 'sound'])
  })

  test('is destroyed when the signal says so, also in the middle and before a connection', async () => {
    const { url } = await runRawServer(answers)
    const leaving = new AbortController()
    const endless = new Readable({ read: () => undefined })
    endless.push('begun')
    const asked = startServer(url).ask(upload(endless, { contentLength: 100 }), leaving.signal)
    leaving.abort(new Error('enough'))
    await expect(asked).rejects.toThrow('enough')
    await until(() => endless.destroyed)
  })

  test('that fails says why in its own words', async () => {
    const { url } = await runRawServer(answers)
    const failing = new Readable({ read: () => undefined })
    failing.push('begun')
    const asked = failureOf(() => startServer(url).ask(upload(failing, { contentLength: 100 }), never))
    failing.destroy(new GatewayError('too-large', 'The upload is too large.'))
    expect((await asked).kind).toBe('too-large')
  })
})

test('a server that does not listen is a failure at once', async () => {
  const { url } = await runRawServer(answers)
  const closed = startServer(`http://127.0.0.1:${Number(new URL(url).port) === 1 ? 2 : 1}`)
  const failure = await failureOf(() => closed.ask(chat, never))
  expect(failure).toMatchObject({ kind: 'upstream-unavailable', retryAfterSeconds: 2 })
  expect(failure.cause).toMatchObject({ code: 'ECONNREFUSED' })
})

test('an answer that is no HTTP is a failure, and is not tried again', async () => {
  const { url, requests } = await runRawServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n'))
  expect((await failureOf(() => startServer(url).ask(chat, never))).kind).toBe('upstream-unavailable')
  expect(requests).toHaveLength(1)
})

test('a provisional answer is not the answer', async () => {
  const { url } = await runRawServer((socket) => {
    socket.write(`HTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\n${httpAnswer('{"real":true}')}`)
  })
  const answer = await startServer(url).ask(chat, never)
  expect([answer.status, await answer.body.text()]).toEqual([200, '{"real":true}'])
})

describe('what is told of the server', () => {
  test.each<readonly [string, () => AbortSignal, string]>([
    ['where it did not answer in the time it was given', () => AbortSignal.timeout(30), 'failing'],
    ['where whoever asked left before it was asked', () => AbortSignal.abort(), 'nothing'],
  ])('%s', async (_where, open, word) => {
    const { url } = await runRawServer(() => undefined)
    const words: string[] = []
    await expect(startServer(url).ask(chat, open(), (told) => words.push(told))).rejects.toThrow()
    expect(words).toEqual([word])
  })
})

describe('a signal', () => {
  const reason = new Error('enough')

  test('that was aborted before keeps the request from being sent', async () => {
    const { url, requests } = await runRawServer(answers)
    await expect(startServer(url).ask(chat, AbortSignal.abort(reason))).rejects.toBe(reason)
    expect(requests).toHaveLength(0)
  })

  test.each([
    ['before the head of the answer', '', false],
    ['in the middle of the body', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n{', true],
  ])('%s closes the connection, with its own reason, and nothing is tried again', async (_when, bytes, answered) => {
    let closed = false
    const { url, requests } = await runRawServer((socket) => {
      socket.on('close', () => {
        closed = true
      })
      if (bytes !== '') socket.write(bytes)
    })
    const leaving = new AbortController()
    const server = startServer(url)
    const asked = server.ask(chat, leaving.signal)
    const ended = answered ? asked.then(({ body }) => body.text()) : asked
    await until(() => requests.length === 1)
    if (answered) await asked
    leaving.abort(reason)
    await expect(ended).rejects.toBe(reason)
    await until(() => closed)
    expect(requests).toHaveLength(1)
    expect(server.outstanding).toBe(0)
  })
})
