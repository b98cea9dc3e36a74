import { GoogleGenAI, Type } from '@google/genai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { type GeminiClient, geminiClient, geminiService, model, partsOf, textOf } from './gemini-client.ts'
import { pngPixel } from './images.ts'
import { newestUpstreamBody } from './upstream-requests.ts'

let gateway: TestGateway
let client: GeminiClient
const ask: GeminiClient['ask'] = (...asked) => client.ask(...asked)
const stream: GeminiClient['stream'] = (...asked) => client.stream(...asked)

beforeAll(async () => {
  gateway = await startTestGateway({ settings: geminiService })
  client = geminiClient(gateway)
})

afterAll(() => gateway.stop())

describe('a whole reply', () => {
  test('has text, usage, the model as it was asked for and the request id of its header', async () => {
    const reply = await ask('[[say Hello there]]')
    expect(reply.text).toBe('Hello there')
    expect(reply.candidates?.[0]).toMatchObject({ finishReason: 'STOP', index: 0, content: { role: 'model' } })
    expect(reply.modelVersion).toBe(model)
    expect(reply.responseId).toBe(reply.sdkHttpResponse?.headers?.['x-request-id'])
    const { promptTokenCount = 0, candidatesTokenCount = 0, totalTokenCount } = reply.usageMetadata ?? {}
    expect(promptTokenCount).toBeGreaterThan(0)
    expect(candidatesTokenCount).toBeGreaterThan(1)
    expect(totalTokenCount).toBe(promptTokenCount + candidatesTokenCount)
  })

  test('is sampled as it was asked for', async () => {
    const config = { temperature: 0.1, topP: 0.5, topK: 7, seed: 42, presencePenalty: 1, frequencyPenalty: -1 }
    await ask('Hi', config)
    expect(newestUpstreamBody(gateway)).toMatchObject({
      temperature: 0.1,
      top_p: 0.5,
      top_k: 7,
      seed: 42,
      presence_penalty: 1,
      frequency_penalty: -1,
    })
  })

  test('is cut at its limit, and ends at a stop sequence', async () => {
    const cut = await ask('[[words 50]]', { maxOutputTokens: 7 })
    expect(cut.candidates?.[0]?.finishReason).toBe('MAX_TOKENS')
    expect(cut.usageMetadata?.candidatesTokenCount).toBe(7)
    const stopped = await ask('[[say one two END three]]', { stopSequences: ['END'] })
    expect(stopped.text).toBe('one two ')
    expect(stopped.candidates?.[0]?.finishReason).toBe('STOP')
  })

  test('has as many candidates as were asked for, each with its own index', async () => {
    const reply = await ask('Hi', { candidateCount: 2 })
    expect(reply.candidates?.map(({ index }) => index)).toEqual([0, 1])
    expect(reply.candidates?.[1]?.content?.parts?.[0]?.text).toContain('reply 2 of 2')
  })

  test('has log probabilities where they were asked for', async () => {
    const reply = await ask('[[say a b]]', { responseLogprobs: true, logprobs: 2 })
    const { logprobsResult, avgLogprobs } = reply.candidates?.[0] ?? {}
    expect(logprobsResult?.chosenCandidates?.map(({ token }) => token).slice(0, 2)).toEqual(['a', ' b'])
    for (const { candidates } of logprobsResult?.topCandidates ?? []) expect(candidates).toHaveLength(2)
    expect(avgLogprobs).toBeLessThanOrEqual(0)
  })

  test('shows thoughts where they are asked for, and counts them always', async () => {
    const shown = await ask('[[think Well now]][[say Done]]', { thinkingConfig: { includeThoughts: true } })
    expect(textOf(partsOf(shown), true)).toBe('Well now')
    expect(shown.text).toBe('Done')
    const hidden = await ask('[[think Well now]][[say Done]]', { thinkingConfig: { thinkingBudget: -1 } })
    expect(partsOf(hidden)).toEqual([{ text: 'Done' }])
    for (const { usageMetadata } of [shown, hidden]) expect(usageMetadata?.thoughtsTokenCount).toBeGreaterThan(0)
  })

  test('sees an image and obeys the system instruction', async () => {
    const inlineData = { mimeType: 'image/png', data: pngPixel.slice(pngPixel.indexOf(',') + 1) }
    const contents = [{ role: 'user', parts: [{ text: 'What is this?' }, { inlineData }] }]
    const reply = await client.sdk.models.generateContent({
      model,
      contents,
      config: { systemInstruction: 'Be brief.' },
    })
    expect(reply.text).toContain('1 image')
    expect(newestUpstreamBody(gateway)['messages']).toMatchObject([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: [{ type: 'image_url', image_url: { url: pngPixel } }, { type: 'text' }] },
    ])
  })
})

describe('structured output', () => {
  const object = {
    type: Type.OBJECT,
    properties: { name: { type: Type.STRING, nullable: true }, age: { type: Type.INTEGER } },
    required: ['age'],
  }

  test('is JSON of the schema that was sent in Google’s form or as JSON Schema', async () => {
    const json = { type: 'object', properties: { age: { type: 'integer' } }, required: ['age'] }
    for (const schema of [{ responseSchema: object }, { responseJsonSchema: json }]) {
      const reply = await ask('Who?', { responseMimeType: 'application/json', ...schema })
      expect(JSON.parse(reply.text ?? '')).toMatchObject({ age: expect.any(Number) })
    }
    expect(newestUpstreamBody(gateway)['response_format']).toMatchObject({ json_schema: { schema: json } })
  })

  test('of an enum is the bare word, whole and streamed', async () => {
    const config = {
      responseMimeType: 'text/x.enum',
      responseSchema: { type: Type.STRING, format: 'enum', enum: ['positive', 'negative'] },
    }
    expect(['positive', 'negative']).toContain((await ask('Well?', config)).text)
    expect(['positive', 'negative']).toContain(textOf(partsOf(...(await stream('Well?', config)))))
  })
})

test('tokens are counted without an answer', async () => {
  const { length } = gateway.simulator.requests.filter(({ path }) => path === '/v1/chat/completions')
  const short = await client.sdk.models.countTokens({ model, contents: 'Hi' })
  const long = await client.sdk.models.countTokens({ model, contents: 'Hi '.repeat(100) })
  expect(short.totalTokens).toBeGreaterThan(0)
  expect(long.totalTokens).toBeGreaterThan(Number(short.totalTokens) + 50)
  expect(gateway.simulator.requests.filter(({ path }) => path === '/v1/chat/completions')).toHaveLength(length)
})

test('models are listed and looked up, also by a name with slashes that an alias covers', async () => {
  const names: (string | undefined)[] = []
  for await (const { name } of await client.sdk.models.list()) names.push(name)
  expect(names).toContain('models/gemma4')
  expect(await client.sdk.models.get({ model: 'gemma4' })).toMatchObject({
    name: 'models/gemma4',
    inputTokenLimit: 8192,
    supportedActions: expect.arrayContaining(['generateContent', 'countTokens']),
  })
  expect(await client.sdk.models.get({ model: 'gemini-3/flash' })).toMatchObject({ name: 'models/gemini-3/flash' })
})

test.for(['v1', 'v1beta', 'v1alpha'])(
  'every version of the address answers, at the root and below a service: %s',
  async (apiVersion) => {
    for (const path of ['', '/gemma4']) {
      const httpOptions = { baseUrl: gateway.url + path, retryOptions: { attempts: 1 } }
      const other = new GoogleGenAI({ apiKey: gateway.key, apiVersion, httpOptions })
      const reply = await other.models.generateContent({ model, contents: '[[say Hi]]' })
      expect(reply.text).toBe('Hi')
    }
  },
)
