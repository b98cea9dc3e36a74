import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readFrames, type Told } from '../dialects/anthropic-messages/answer.ts'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { anthropicClient, asks, textOf } from './anthropic-client.ts'
import { ask } from './ask.ts'

/** Opens a silent stream after 50 ms, and says something every 30 ms. */
let gateway: TestGateway

beforeAll(async () => {
  const timeouts = '{ firstEvent: 900ms, idle: 1s, total: 10s }'
  const times = 'firstEventHold: 50ms\nkeepAliveEvery: 30ms'
  gateway = await startTestGateway({
    settings: `${times}\nservices: [{ upstreams: ['$VLLM'], timeouts: ${timeouts} }]`,
  })
})

afterAll(() => gateway.stop())

async function framesOf(content: string): Promise<Told[]> {
  const response = await ask(gateway, { ...asks(content), stream: true }, { path: '/v1/messages' })
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  expect(response.headers.get('request-id')).toBe(response.headers.get('x-request-id'))
  return readFrames(await response.text())
}

const typesOf = (frames: readonly Told[]) => frames.map(({ type }) => type)

describe('a slow prefill', () => {
  const slow = '[[words 5]][[fault slow-first 300]]'

  test('is bridged by pings, and the message still starts with the size of its prompt', async () => {
    const types = typesOf(await framesOf(slow))
    const starts = types.indexOf('message_start')
    expect(starts).toBeGreaterThan(1)
    expect(new Set(types.slice(0, starts))).toEqual(new Set(['ping']))
    const start = (await framesOf(slow)).find(({ type }) => type === 'message_start')
    expect(start.message.usage.input_tokens).toBeGreaterThan(0)
  })

  test('is nothing to the SDK', async () => {
    const stream = anthropicClient(gateway).messages.stream(asks(slow))
    expect(textOf(await stream.finalMessage())).toBe('w1 w2 w3 w4 w5')
  })
})

test('characters are kept whole, however they are cut on the way', async () => {
  const text = 'Grüße, 世界 👩‍👩‍👧'
  const frames = await framesOf(`[[say ${text}]][[fault drip]]`)
  expect(frames.map(({ delta }) => delta?.text ?? '').join('')).toBe(text)
})

describe('a failure', () => {
  test('in the middle is the last that is told, and no message stops', async () => {
    const frames = await framesOf('[[words 50]][[fault cut 10]]')
    expect(frames.at(-1)).toEqual({
      type: 'error',
      error: { type: 'api_error', message: expect.any(String) },
      request_id: expect.stringMatching(/^req_/),
    })
    expect(typesOf(frames)).not.toContain('message_stop')
    expect(typesOf(frames)).toContain('content_block_delta')
  })

  test('is told in a stream that opened in silence', async () => {
    const frames = await framesOf('[[fault hang]]')
    expect(new Set(typesOf(frames.slice(0, -1)))).toEqual(new Set(['ping']))
    expect(frames.at(-1).error.type).toBe('timeout_error')
  })
})
