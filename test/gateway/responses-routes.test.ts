import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { GatewayError } from '../../src/chat/gateway-error.ts'
import { encodeError } from '../../src/dialects/openai-responses/encode-error.ts'
import { readEvents } from '../dialects/openai-responses/read-events.ts'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { ask, errorOf } from './ask.ts'
import { openSocket } from './raw-exchange.ts'

let gateway: TestGateway
/** Tells everything at once that a slow model makes a client wait for. */
let impatient: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway()
  impatient = await startTestGateway({
    settings: 'firstEventHold: 10ms\nkeepAliveEvery: 10ms\nresponses: { store: false }',
  })
})

afterAll(() => Promise.all([gateway.stop(), impatient.stop()]))

function send(method: string, path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(gateway.url + path, { method, headers: { authorization: `Bearer ${gateway.key}`, ...headers } })
}

const asks = { model: 'gemma4', input: '[[say Hello]]' }

test.each([
  '/v1/responses',
  '/responses',
  '/v1/v1/responses',
  '/gemma4/v1/responses',
  '/gemma4/responses',
  '//v1/responses/',
])('POST %s answers', async (path) => {
  const response = await ask(gateway, asks, { path })
  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject({ object: 'response', model: 'gemma4', status: 'completed' })
})

describe('GET /v1/responses', () => {
  test('with an upgrade to WebSocket is answered 426 at once, upon which Codex goes on over HTTP', async () => {
    const socket = await openSocket(gateway)
    const headers = [
      'Host: x',
      `Authorization: Bearer ${gateway.key}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'openai-beta: responses_websockets=2026-02-06',
    ]
    socket.write(['GET /v1/responses HTTP/1.1', ...headers, '', ''].join('\r\n'))
    let text = ''
    for await (const piece of socket.setEncoding('utf8')) {
      text += piece
      if (text.includes('}}')) break
    }
    expect(text).toMatch(/^HTTP\/1\.1 426 /)
    expect(text).toContain('"code":"upgrade_unsupported"')
  })

  test('without one says what there is', async () => {
    const response = await send('GET', '/v1/responses')
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
    expect((await errorOf(response)).code).toBe('method_not_allowed')
  })

  test('needs a key', async () => {
    expect((await fetch(`${gateway.url}/v1/responses`)).status).toBe(401)
  })
})

describe('a response that is kept', () => {
  async function keep(): Promise<string> {
    const response = await ask(gateway, asks, { path: '/v1/responses' })
    return Reflect.get(Object(await response.json()), 'id')
  }

  test('is found below every spelling, also after it was asked below a service', async () => {
    const id = await keep()
    for (const path of ['/v1/responses', '/responses', '/gemma4/v1/responses']) {
      expect((await send('GET', `${path}/${id}`)).status).toBe(200)
    }
  })

  test('cannot be cancelled, because it is done', async () => {
    const response = await send('POST', `/v1/responses/${await keep()}/cancel`)
    expect(response.status).toBe(400)
    expect((await errorOf(response)).message).toContain('background')
  })

  test('is not told again as a stream', async () => {
    const response = await send('GET', `/v1/responses/${await keep()}?stream=true`)
    expect([response.status, (await errorOf(response)).param]).toEqual([400, 'stream'])
  })

  test.each([
    ['limit=0', 'limit'],
    ['limit=x', 'limit'],
    ['order=up', 'order'],
    ['after=nothing', 'after'],
  ])('has no items for %s', async (query, param) => {
    const response = await send('GET', `/v1/responses/${await keep()}/input_items?${query}`)
    expect([response.status, (await errorOf(response)).param]).toEqual([400, param])
  })
})

test.each([
  ['GET', '/v1/responses/resp_1'],
  ['GET', `/v1/responses/resp_${'0'.repeat(48)}`],
  ['GET', `/v1/responses/resp_${'0'.repeat(48)}/input_items`],
  ['GET', '/v1/responses/resp_1/anything'],
  ['DELETE', '/v1/responses/resp_1'],
  ['DELETE', '/v1/responses/resp_1/input_items'],
  ['POST', '/v1/responses/compact'],
])('%s %s is a 404 in the form of an error', async (method, path) => {
  const response = await send(method, path)
  expect(response.status).toBe(404)
  expect(await errorOf(response)).toMatchObject({ type: 'invalid_request_error' })
})

test('input that is only counted may go on from what is kept', async () => {
  const first = await ask(gateway, asks, { path: '/v1/responses' })
  const previous = Reflect.get(Object(await first.json()), 'id')
  const count = async (rest: object) => {
    const body = { model: 'gemma4', input: 'more', ...rest }
    return Reflect.get(
      Object(await (await ask(gateway, body, { path: '/v1/responses/input_tokens' })).json()),
      'input_tokens',
    )
  }
  expect(await count({ previous_response_id: previous })).toBeGreaterThan(await count({}))
})

describe('a model that is slow to begin', () => {
  test('is waited for in a stream that has begun, and is kept open', async () => {
    const body = { ...asks, input: '[[fault slow-first 200]]', stream: true }
    const events = readEvents(await (await ask(impatient, body, { path: '/v1/responses' })).text())
    const types = events.map(({ type }) => type)
    expect(types.slice(0, 3)).toEqual(['response.created', 'response.in_progress', 'keepalive'])
    expect(types.at(-1)).toBe('response.completed')
  })

  test('and fails then has failed in the stream', async () => {
    const body = { ...asks, input: '[[fault slow-first 200]][[fault cut 1]]', stream: true }
    const response = await ask(impatient, body, { path: '/v1/responses' })
    expect(response.status).toBe(200)
    const types = readEvents(await response.text()).map(({ type }) => type)
    expect(types.slice(-2)).toEqual(['error', 'response.failed'])
  })
})

test('a prompt that does not fit is told in a stream where one was asked for, and else by its status', async () => {
  const body = { ...asks, input: 'word '.repeat(9000) }
  const streamed = await ask(gateway, { ...body, stream: true }, { path: '/v1/responses' })
  expect(streamed.status).toBe(200)
  const events = readEvents(await streamed.text())
  expect(events.map(({ type }) => type)).toEqual([
    'response.created',
    'response.in_progress',
    'error',
    'response.failed',
  ])
  expect(events.at(-1)).toMatchObject({
    response: { error: { code: 'context_length_exceeded', message: expect.stringContaining('8192') } },
  })
  expect((await ask(gateway, body, { path: '/v1/responses' })).status).toBe(400)
})

test('where the owner wants nothing kept, nothing is, and the answer says so', async () => {
  const response = await ask(impatient, { ...asks, store: true }, { path: '/v1/responses' })
  const { id, store } = Object(await response.json())
  expect(store).toBe(false)
  const again = await ask(impatient, { ...asks, previous_response_id: id }, { path: '/v1/responses' })
  expect((await errorOf(again)).code).toBe('previous_response_not_found')
})

test.each([
  ['malformed-request', 400],
  ['invalid-request', 400],
  ['unsupported-field', 400],
  ['context-overflow', 400],
  ['missing-key', 401],
  ['wrong-key', 401],
  ['forbidden-service', 403],
  ['unknown-model', 404],
  ['unknown-route', 404],
  ['too-large', 413],
  ['rate-limited', 429],
  ['overloaded', 503],
  ['shutting-down', 503],
  ['upstream-unavailable', 502],
  ['upstream-failed', 502],
  ['timeout', 504],
  ['internal', 500],
] as const)('%s has the status %i of OpenAI’s own', (kind, status) => {
  const encoded = encodeError(new GatewayError(kind, 'So it is.', { retryAfterSeconds: 2 }), 'req_1')
  expect(encoded.status).toBe(status)
  expect(encoded.headers['retry-after']).toBe('2')
  expect(encoded.headers['www-authenticate']).toBe(status === 401 ? 'Bearer' : undefined)
  expect(JSON.parse(encoded.body)).toEqual({
    error: {
      message: expect.stringContaining('So it is.'),
      type: expect.any(String),
      param: kind === 'context-overflow' ? 'input' : null,
      code: expect.any(String),
    },
  })
})
