import { ApiError, type FunctionDeclaration, Type } from '@google/genai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { type GeminiClient, geminiClient, geminiService, model, partsOf, textOf } from './gemini-client.ts'
import { until } from './until.ts'

let gateway: TestGateway
let client: GeminiClient
const ask: GeminiClient['ask'] = (...asked) => client.ask(...asked)
const stream: GeminiClient['stream'] = (...asked) => client.stream(...asked)

beforeAll(async () => {
  gateway = await startTestGateway({ settings: geminiService })
  client = geminiClient(gateway)
})

afterAll(() => gateway.stop())

const weather: FunctionDeclaration = {
  name: 'get_weather',
  description: 'The weather of a city.',
  parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING } } },
}
const tools = [{ functionDeclarations: [weather] }]

describe('a stream', () => {
  test('gives the text in pieces, and the finish with the usage at its end', async () => {
    const chunks = await stream('[[words 20]]')
    expect(chunks.length).toBeGreaterThan(10)
    expect(textOf(partsOf(...chunks))).toMatch(/^w1 w2 .* w20$/)
    const finishes = chunks
      .map(({ candidates }) => candidates?.[0]?.finishReason)
      .filter((reason) => reason !== undefined)
    expect(finishes).toEqual(['STOP'])
    expect(chunks.at(-1)?.usageMetadata).toMatchObject({ candidatesTokenCount: 21, thoughtsTokenCount: 0 })
    for (const chunk of chunks) expect(chunk).toMatchObject({ modelVersion: model, responseId: chunks[0]?.responseId })
  })

  test('says what the whole reply says: thoughts, text and calls', async () => {
    const content =
      '[[think Well]][[say Done]][[call get_weather {"city": "Paris"}]][[call get_weather {"city": "Rome"}]]'
    const config = { tools, thinkingConfig: { includeThoughts: true } }
    const [whole, streamed] = [partsOf(await ask(content, config)), partsOf(...(await stream(content, config)))]
    for (const parts of [whole, streamed]) {
      expect(textOf(parts, true)).toBe('Well')
      expect(textOf(parts)).toBe('Done')
      const calls = parts.flatMap(({ functionCall }) => functionCall ?? [])
      expect(calls.map(({ name, args }) => [name, args])).toEqual([
        ['get_weather', { city: 'Paris' }],
        ['get_weather', { city: 'Rome' }],
      ])
      expect(new Set(calls.map(({ id }) => id)).size).toBe(2)
      expect(parts.map(({ thoughtSignature }) => thoughtSignature !== undefined).filter(Boolean)).toHaveLength(1)
    }
  })

  test('keeps candidates apart', async () => {
    const chunks = await stream('Hi', { candidateCount: 2 })
    const texts = ['', '']
    for (const { candidates = [] } of chunks) {
      for (const { index = 0, content } of candidates) texts[index] += textOf(content?.parts ?? [])
    }
    expect(texts).toEqual([expect.stringContaining('reply 1 of 2'), expect.stringContaining('reply 2 of 2')])
  })

  test('that is aborted ends the request at the model', async () => {
    const { signal, abort } = openAbort()
    const config = { abortSignal: signal }
    const chunks = await client.sdk.models.generateContentStream({ model, contents: '[[fault hang-after 3]]', config })
    const reading = (async () => {
      for await (const chunk of chunks) if (chunk.text) abort()
    })()
    await expect(reading).rejects.toThrow()
    await until(() => gateway.simulator.requests.at(-1)?.closedBy === 'client')
  })

  test('raises an ApiError at a failure in its middle', async () => {
    const raised = await stream('[[words 50]][[fault cut 10]]').catch((thrown: unknown) => thrown)
    expect(raised).toBeInstanceOf(ApiError)
  })
})

function openAbort(): { signal: AbortSignal; abort(): void } {
  const controller = new AbortController()
  return { signal: controller.signal, abort: () => controller.abort() }
}

describe('failures raise an ApiError', () => {
  const raisedBy = (asking: Promise<unknown>) => asking.catch((thrown: unknown) => thrown)

  async function expectRaised(
    asking: Promise<unknown>,
    status: number,
    word: string,
    said: RegExp = /./,
  ): Promise<void> {
    const raised = await raisedBy(asking)
    expect(raised).toBeInstanceOf(ApiError)
    if (!(raised instanceof ApiError)) return
    expect(raised.status).toBe(status)
    const { error } = JSON.parse(raised.message)
    expect(error).toMatchObject({ code: status, status: word })
    expect(JSON.stringify(error)).toMatch(said)
  }

  test('for a wrong key, and for one of other services', async () => {
    await expectRaised(geminiClient(gateway, 'wrong').ask('Hi'), 401, 'UNAUTHENTICATED', /API_KEY_INVALID/)
    await expectRaised(geminiClient(gateway, gateway.keyWithoutServices).ask('Hi'), 403, 'PERMISSION_DENIED')
  })

  test('for an unknown model', async () => {
    await expectRaised(client.sdk.models.get({ model: 'nothing' }), 404, 'NOT_FOUND')
  })

  test('with the field at fault', async () => {
    await expectRaised(ask('Hi', { temperature: 3 }), 400, 'INVALID_ARGUMENT', /"field":"generationConfig.temperature"/)
    await expectRaised(
      ask('Hi', { cachedContent: 'cachedContents/1' }),
      400,
      'INVALID_ARGUMENT',
      /"field":"cachedContent"/,
    )
  })

  test('for a prompt that does not fit, in Google’s words', async () => {
    const words = /The input token count \(\d+\) exceeds the maximum number of tokens allowed \(8192\)\./
    await expectRaised(ask('word '.repeat(9000)), 400, 'INVALID_ARGUMENT', words)
    await expectRaised(stream('word '.repeat(9000)), 400, 'INVALID_ARGUMENT', words)
  })

  test.for([
    ['status 500', 500, 'INTERNAL'],
    ['status 503', 503, 'UNAVAILABLE'],
    ['hang', 504, 'DEADLINE_EXCEEDED'],
  ] as const)('where the model server meets %s, as %i', async ([fault, status, word]) => {
    await expectRaised(ask(`[[fault ${fault}]]`), status, word)
    await expectRaised(stream(`[[fault ${fault}]]`), status, word)
  })
})
