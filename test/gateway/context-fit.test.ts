import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { ask, errorOf, functionTool, says, streams } from './ask.ts'
import { pngPixel } from './images.ts'
import type { Usage } from './read-frames.ts'
import { lineOf, upstreamRequests } from './upstream-requests.ts'

const contextWindow = 2048
const cap = 1000

let gateway: TestGateway
/** The same model; its owner says that less of the window may be used. */
let narrow: TestGateway

beforeAll(async () => {
  const simulator = { maxModelLen: contextWindow }
  const settings = (more: string) => `services: [{ upstreams: ['$VLLM'], maxTokens: ${cap}${more} }]`
  gateway = await startTestGateway({ simulator, settings: settings(', defaults: { max_tokens: 300 }') })
  narrow = await startTestGateway({ simulator, settings: settings(', contextWindow: 512') })
})

afterEach(() => {
  gateway.simulator.faults.clear()
})

afterAll(() => Promise.all([gateway.stop(), narrow.stop()]))

/** What a request was answered, what reached the model for it, and how often tokens were counted before. */
async function fitted(body: object, from = gateway) {
  const { requests } = from.simulator
  const { length } = requests
  const response = await ask(from, body)
  const asked = upstreamRequests(from, response.headers.get('x-request-id'))
  return {
    response,
    status: response.status,
    told: response.headers.get('x-gateway-max-tokens'),
    sent: asked.map((request) => Reflect.get(Object(request.body), 'max_completion_tokens')),
    counted: requests.slice(length).filter(({ path }) => path === '/tokenize').length,
  }
}

async function usageOf(response: Response): Promise<Usage> {
  // A whole reply's usage is there, or the expectations on it fail.
  return ((await response.json()) as { usage: Usage }).usage
}

const words = (count: number) => 'word '.repeat(count).trim()

/** How many words make a prompt of so many tokens: each is one, besides what the template adds. */
async function wordsFor(tokens: number): Promise<number> {
  const { prompt_tokens } = await usageOf(await ask(gateway, says('word')))
  return tokens - prompt_tokens + 1
}

describe('max_tokens', () => {
  test.for([
    ['is filled in where it is missing', {}, 300],
    ['is filled in where it is null', { max_tokens: null, max_completion_tokens: null }, 300],
    ['is sent as it was asked', { max_tokens: 20 }, 20],
    ['has a newer name that wins', { max_tokens: 20, max_completion_tokens: 30 }, 30],
    ['is lowered to the cap', { max_tokens: 32_000 }, cap],
    ['is lowered to the cap by its newer name', { max_completion_tokens: Number.MAX_SAFE_INTEGER }, cap],
  ] as const)('%s', async ([, fields, expected]) => {
    for (const stream of [false, true]) {
      const { status, told, sent } = await fitted(says('Hi', { stream, ...fields }))
      expect(status).toBe(200)
      expect(sent).toEqual([expected])
      expect(told).toBe(String(expected))
    }
  })

  test('is lowered to what the prompt leaves of the window, and said so', async () => {
    const { response, told, sent, counted } = await fitted(says(words(1500), { max_tokens: 900 }))
    const { prompt_tokens: prompt } = await usageOf(response)
    expect(sent).toEqual([contextWindow - prompt - 1])
    expect(told).toBe(String(sent[0]))
    expect(counted).toBe(1)
    const line = await lineOf(gateway, response.headers.get('x-request-id'))
    expect(line.maxTokens).toBe(sent[0])
  })

  test('is lowered for a stream too, before its first frame', async () => {
    const { response, told, sent } = await fitted(streams(words(1500), { max_tokens: 900 }))
    expect(sent[0]).toBeLessThan(900)
    expect(told).toBe(String(sent[0]))
    expect(await response.text()).toContain('"finish_reason":"stop"')
  })

  test('is lowered by what tools and images take', async () => {
    const tool = functionTool(
      'f',
      Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`field_${index}`, {}])),
    )
    for (const [content, fields] of [
      [words(900), { tools: [tool] }],
      [[{ type: 'text', text: words(900) }, ...Array(2).fill({ type: 'image_url', image_url: { url: pngPixel } })], {}],
    ] as const) {
      const { response, sent } = await fitted(says(content, { max_tokens: 900, ...fields }))
      const { prompt_tokens: prompt } = await usageOf(response)
      expect(prompt).toBeGreaterThan(1300)
      expect(sent).toEqual([Math.min(900, contextWindow - prompt - 1)])
    }
  })

  test('is lowered to the window that the owner set, where that is less than the model has', async () => {
    const { response, sent } = await fitted(says(words(300), { max_tokens: 500 }), narrow)
    const { prompt_tokens: prompt } = await usageOf(response)
    expect(sent).toEqual([512 - prompt - 1])
  })
})

describe('tokens are counted', () => {
  test('never, far from the limit', async () => {
    expect(await fitted(says(words(300), { max_tokens: 900 }))).toMatchObject({ status: 200, counted: 0, sent: [900] })
  })

  test('once, near the limit, though all of max_tokens fits', async () => {
    expect(await fitted(says(words(600), { max_tokens: 900 }))).toMatchObject({ status: 200, counted: 1, sent: [900] })
  })

  test('of a prompt that was believed to be shorter, once the model has refused it, which nobody notices', async () => {
    const dense = 'a '.repeat(1500)
    const { response, status, told, sent, counted } = await fitted(says(dense, { max_tokens: 600 }))
    expect(status).toBe(200)
    const { prompt_tokens: prompt } = await usageOf(response)
    expect(sent).toEqual([600, contextWindow - prompt - 1])
    expect(told).toBe(String(sent[1]))
    expect(counted).toBe(1)
  })

  test('by the estimate, where the model server cannot count', async () => {
    gateway.simulator.faults.next('status 500', '/tokenize')
    const { status, sent } = await fitted(says(words(1000), { max_tokens: 900 }))
    expect(status).toBe(200)
    expect(sent[0]).toBeLessThan(900)
    expect(sent[0]).toBeGreaterThan(100)
  })

  test('never, of a text that cannot fit whatever it says', async () => {
    const { requests } = gateway.simulator
    const { length } = requests
    const response = await ask(gateway, says('x'.repeat(contextWindow * 64 + 1)))
    expect(response.status).toBe(400)
    expect(requests.slice(length).map(({ path }) => path)).not.toContain('/tokenize')
  })
})

describe('a prompt that leaves no room', () => {
  test.for([false, true])(
    'is a 400 with true numbers, before the model is asked to generate, streamed: %s',
    async (stream) => {
      const { response, status, sent } = await fitted(says(words(await wordsFor(3000)), { stream }))
      expect(status).toBe(400)
      expect(sent).toEqual([])
      expect(response.headers.get('content-type')).toMatch(/^application\/json/)
      expect(response.headers.get('x-should-retry')).toBe('false')
      expect(await errorOf(response)).toEqual({
        message:
          "This model's maximum context length is 2048 tokens. However, your messages resulted in 3000 tokens. Please reduce the length of the messages.",
        type: 'invalid_request_error',
        param: 'messages',
        code: 'context_length_exceeded',
      })
    },
  )

  test('is one that leaves fewer than 16 tokens, unless fewer were asked for', async () => {
    const almost = words(await wordsFor(contextWindow - 1 - 15))
    expect((await fitted(says(almost))).status).toBe(400)
    expect(await fitted(says(almost, { max_tokens: 15 }))).toMatchObject({ status: 200, sent: [15] })
    expect((await fitted(says(`${almost} word word`, { max_tokens: 15 }))).status).toBe(400)
    const enough = words(await wordsFor(contextWindow - 1 - 16))
    expect(await fitted(says(enough))).toMatchObject({ status: 200, sent: [16] })
  })
})
