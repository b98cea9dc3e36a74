import OpenAI, { APIError } from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { ask, errorOf, streams } from './ask.ts'
import { type Frames, finishesOf, framesOf, readFrames, textOf } from './read-frames.ts'
import { until } from './until.ts'

/** Holds the status for as long as nobody waits; a stream that is silent for 300 ms has failed. */
let patient: TestGateway
/** Opens a silent stream after 50 ms, and says something every 30 ms. */
let hasty: TestGateway
/** Its model makes 200 tokens a second. */
let steady: TestGateway

beforeAll(async () => {
  const timeouts = '{ firstEvent: 900ms, idle: 300ms, total: 10s }'
  const services = `keepAliveEvery: 30ms\nservices: [{ upstreams: ['$VLLM'], timeouts: ${timeouts} }]`
  patient = await startTestGateway({ settings: services })
  hasty = await startTestGateway({ settings: `firstEventHold: 50ms\n${services}` })
  steady = await startTestGateway({ simulator: { tokensPerSecond: 200 }, settings: 'keepAliveEvery: 250ms' })
})

afterAll(() => Promise.all([patient.stop(), hasty.stop(), steady.stop()]))

/** Reads a stream as OpenAI's SDK does. */
async function readBySdk(gateway: TestGateway, content: string): Promise<string> {
  const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 })
  const messages = [{ role: 'user' as const, content }]
  const stream = await client.chat.completions.create({ model: 'gemma4', messages, stream: true })
  let text = ''
  for await (const { choices } of stream) text += choices[0]?.delta.content ?? ''
  return text
}

function expectFailed({ chunks, done }: Frames, code: string): void {
  const last = chunks.at(-1)
  expect(last?.error).toMatchObject({ message: expect.any(String), type: 'server_error', param: null, code })
  expect(last?.choices).toBeUndefined()
  expect(done).toBe(true)
  expect(finishesOf({ chunks, comments: 0, done })).toEqual([])
}

describe('the status', () => {
  test('is held until the first event, so that nothing is silent before it', async () => {
    const askedAt = performance.now()
    const response = await ask(patient, streams('[[say Hi]][[fault slow-first 200]]'))
    expect(performance.now() - askedAt).toBeGreaterThan(190)
    const { comments, chunks } = await framesOf(response)
    expect(response.status).toBe(200)
    expect(comments).toBe(0)
    expect(chunks[0]?.choices?.[0]?.delta).toMatchObject({ role: 'assistant', content: '' })
  })

  test('is the failure, where there is one before the first event', async () => {
    const response = await ask(patient, streams('Hi[[fault error-in-stream 0]]'))
    expect(response.status).toBe(502)
    expect(response.headers.get('content-type')).toMatch(/^application\/json/)
    expect(await errorOf(response)).toMatchObject({ code: 'upstream_failed' })
  })

  test('is sent with the headers of a stream once the hold is over, and comments keep it open', async () => {
    const response = await ask(hasty, streams('[[say Hi]][[fault slow-first 400]]'))
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(response.headers.get('cache-control')).toBe('no-cache')
    expect(response.headers.get('x-accel-buffering')).toBe('no')
    expect(response.headers.get('x-request-id')).toMatch(/^req_/)
    expect(response.headers.get('x-gateway-max-tokens')).toBe('1024')
    const text = await response.text()
    expect(text).toMatch(/^(: keep-alive\n\n){3,13}data: /)
    expect(textOf(readFrames(text))).toBe('Hi')
  })

  test('that was sent early is followed by the failure as an error chunk, on which the SDK raises', async () => {
    const slowly = 'Hi[[fault slow-first 200]][[fault error-in-stream 0]]'
    expectFailed(await framesOf(ask(hasty, streams('[[fault hang]]'))), 'timeout')
    const frames = await framesOf(ask(hasty, streams(slowly)))
    expectFailed(frames, 'upstream_failed')
    expect(frames.chunks).toHaveLength(1)
    await expect(readBySdk(hasty, slowly)).rejects.toThrow(APIError)
  })
})

describe('silence', () => {
  test('in the middle of a stream is broken by comments, and after the idle limit by an error chunk', async () => {
    const frames = await framesOf(ask(patient, streams('[[words 9]][[fault hang-after 4]]')))
    expect(frames.comments).toBeGreaterThanOrEqual(3)
    expect(textOf(frames)).toBe('w1 w2 w3')
    expectFailed(frames, 'timeout')
    await until(() => patient.simulator.requests.at(-1)?.closedBy === 'client')
  })

  test('never breaks into a stream that flows', async () => {
    const startedAt = performance.now()
    const { comments } = await framesOf(ask(steady, streams('[[words 100]]')))
    expect(performance.now() - startedAt).toBeGreaterThan(400)
    expect(comments).toBe(0)
  })
})

describe('a failure after the start', () => {
  test.for([
    ['cut 4', 'upstream_failed'],
    ['reset-after 2500', 'upstream_failed'],
    ['error-in-stream 4', 'upstream_failed'],
    ['abort', 'upstream_failed'],
    ['repetition', 'upstream_failed'],
    ['huge-event', 'upstream_failed'],
  ] as const)('(%s) is an error chunk and [DONE], and the SDK raises', async ([fault, code]) => {
    const content = `[[words 20]][[fault ${fault}]]`
    const frames = await framesOf(ask(steady, streams(content)))
    expectFailed(frames, code)
    expect(textOf(frames)).toMatch(/^w1 w2/)
    const text = JSON.stringify(frames.chunks.at(-1))
    expect(text).not.toMatch(/Internal server error|InternalServerError|vLLM/)
    await expect(readBySdk(steady, content)).rejects.toThrow(APIError)
  })

  test('at every byte of the answer is told, or the answer was whole', async () => {
    const whole = await framesOf(ask(patient, streams('[[words 3]]')))
    for (let cut = 1; cut < 2400; cut += 97) {
      const response = await ask(patient, streams(`[[words 3]][[fault reset-after ${cut}]]`))
      if (response.status === 502) continue
      const frames = await framesOf(response)
      const failed = frames.chunks.at(-1)?.error !== undefined
      expect(frames.done).toBe(true)
      expect(finishesOf(frames)).toEqual(failed ? [] : ['stop'])
      if (!failed) expect(textOf(frames)).toBe(textOf(whole))
    }
  })
})

describe('usage', () => {
  const content = '[[think a]][[words 5]]'

  test('comes exactly once, in a last chunk without choices, where it was asked for', async () => {
    const asked = streams(content, { stream_options: { include_usage: true } })
    const { chunks, done } = await framesOf(ask(patient, asked))
    const counted = chunks.filter(({ usage }) => usage)
    expect(counted).toEqual([chunks.at(-1)])
    expect(counted[0]).toMatchObject({ choices: [], usage: { completion_tokens: 7 } })
    expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true)
    expect(done).toBe(true)
  })

  test.for([{}, { stream_options: null }, { stream_options: { include_usage: false } }])(
    'comes never with %j',
    async (fields) => {
      const { chunks } = await framesOf(ask(patient, streams(content, fields)))
      expect(chunks.every((chunk) => !('usage' in chunk))).toBe(true)
      expect(chunks.every(({ choices }) => choices?.length === 1)).toBe(true)
    },
  )

  test('counts all choices', async () => {
    const whole = await (await ask(patient, streams('Hi', { n: 3, stream: false }))).json()
    const asked = streams('Hi', { n: 3, stream_options: { include_usage: true } })
    const { chunks } = await framesOf(ask(patient, asked))
    expect(chunks.at(-1)?.usage).toEqual(Reflect.get(Object(whole), 'usage'))
  })
})
