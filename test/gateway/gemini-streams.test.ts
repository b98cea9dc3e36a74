import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { askGemini, contents, finishesIn, readGeminiFrames, type Told, textIn, toldBy } from './ask-gemini.ts'
import { geminiClient, partsOf, textOf as textOfParts } from './gemini-client.ts'

const path = '/v1beta/models/gemma4:streamGenerateContent'
const sse = `${path}?alt=sse`

/** Opens a silent stream after 50 ms, and says something every 30 ms. */
let gateway: TestGateway
/** Streams as gemma.cpp does. */
let compatible: TestGateway

beforeAll(async () => {
  const timeouts = '{ firstEvent: 900ms, idle: 1s, total: 10s }'
  const times = 'firstEventHold: 50ms\nkeepAliveEvery: 30ms'
  const service = `upstreams: ['$VLLM'], timeouts: ${timeouts}`
  gateway = await startTestGateway({ settings: `${times}\nservices: [{ ${service} }]` })
  compatible = await startTestGateway({
    settings: `${times}\nservices: [{ ${service}, gemini: { endWithDone: true } }]`,
  })
})

afterAll(() => Promise.all([gateway.stop(), compatible.stop()]))

async function textOf(response: Promise<Response>): Promise<string> {
  return (await response).text()
}

describe('server-sent events', () => {
  test('are frames of one line of data and nothing else, also while the model is silent', async () => {
    const response = await askGemini(gateway, contents('[[words 5]][[fault slow-first 300]]'), { path: sse })
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    const { objects, done } = readGeminiFrames(await response.text())
    expect(objects[0]).not.toHaveProperty('candidates')
    expect(objects[0]).toMatchObject({ modelVersion: 'gemma4', usageMetadata: { promptTokenCount: 0 } })
    expect(textIn(objects)).toBe('w1 w2 w3 w4 w5')
    expect(finishesIn(objects)).toEqual(['STOP'])
    expect(done).toBe(false)
  })

  test('are read by the SDK, also those that only keep a silent stream open', async () => {
    const chunks = await geminiClient(gateway).stream('[[words 5]][[fault slow-first 300]]')
    expect(chunks[0]?.candidates).toBeUndefined()
    expect(textOfParts(partsOf(...chunks))).toBe('w1 w2 w3 w4 w5')
  })

  test('tell the length of the prompt from the first object on', async () => {
    const { objects } = readGeminiFrames(await textOf(askGemini(gateway, contents('[[words 5]]'), { path: sse })))
    const last = objects.at(-1)?.usageMetadata
    expect(last?.['promptTokenCount']).toBeGreaterThan(0)
    for (const { usageMetadata } of objects)
      expect(usageMetadata?.['promptTokenCount']).toBe(last?.['promptTokenCount'])
  })

  test('keep characters whole, however they are cut on the way', async () => {
    const text = 'Grüße, 世界 👩‍👩‍👧'
    const { objects } = readGeminiFrames(
      await textOf(askGemini(gateway, contents(`[[say ${text}]][[fault drip]]`), { path: sse })),
    )
    expect(textIn(objects)).toBe(text)
  })
})

describe('a JSON list', () => {
  test('is what a client gets that asks for no form', async () => {
    const response = await askGemini(gateway, contents('[[words 5]][[fault slow-first 200]]'), { path })
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
    const text = await response.text()
    expect(text).toMatch(/^\s+\[\{/)
    // What is in it is what the test looks at.
    const objects = JSON.parse(text) as Told[]
    expect(textIn(objects)).toBe('w1 w2 w3 w4 w5')
    expect(finishesIn(objects)).toEqual(['STOP'])
  })

  test('grows while the model speaks', async () => {
    const response = await askGemini(gateway, contents('[[fault hang-after 3]]'), { path })
    const reader = response.body?.getReader()
    const first = await reader?.read()
    expect(Buffer.from(first?.value ?? []).toString()).toMatch(/^\s*\[\{"candidates"/)
    await reader?.cancel()
  })

  test('ends with the failure where there is one in the middle', async () => {
    const text = await textOf(askGemini(gateway, contents('[[words 50]][[fault cut 10]]'), { path }))
    const objects = JSON.parse(text) as Told[]
    expect(objects.at(-1)?.error).toMatchObject({ code: 500, status: 'INTERNAL' })
    expect(finishesIn(objects)).toEqual([])
  })
})

describe('a failure in the middle', () => {
  const broken = contents('[[words 50]][[fault cut 10]]')

  test('is told in the last object, and the stream ends well', async () => {
    const { objects } = readGeminiFrames(await textOf(askGemini(gateway, broken, { path: sse })))
    expect(textIn(objects)).toMatch(/^w1 /)
    expect(objects.at(-1)).toEqual({ error: { code: 500, message: expect.any(String), status: 'INTERNAL' } })
    expect(finishesIn(objects)).toEqual([])
  })

  test('also after a stream that opened in silence', async () => {
    const { objects } = readGeminiFrames(await textOf(askGemini(gateway, contents('[[fault hang]]'), { path: sse })))
    expect(objects.length).toBeGreaterThan(2)
    expect(objects.at(-1)?.error).toMatchObject({ code: 504, status: 'DEADLINE_EXCEEDED' })
  })

  test('breaks the connection off for SDKs that overlook it, but not for Gemini CLI, which dies of that', async () => {
    const old = { 'x-goog-api-client': 'google-genai-sdk/1.30.0 gl-node/v22.23.3' }
    await expect(textOf(askGemini(gateway, broken, { path: sse, headers: old }))).rejects.toThrow()
    const cli = { ...old, 'user-agent': 'GeminiCLI-tui/0.61.0/gemini-3.1-pro-preview (linux; x64; terminal)' }
    const { objects } = readGeminiFrames(await textOf(askGemini(gateway, broken, { path: sse, headers: cli })))
    expect(objects.at(-1)?.error).toMatchObject({ code: 500 })
  })

  test('is a status where it comes before the stream has opened', async () => {
    const response = await askGemini(gateway, contents('[[fault status 500]]'), { path: sse })
    expect(response.status).toBe(500)
    expect((await toldBy(response)).error).toMatchObject({ code: 500, status: 'INTERNAL' })
  })
})

describe('the switch for gemma.cpp’s clients', () => {
  test('gives them server-sent events without being asked, and [DONE] at the end', async () => {
    for (const address of [path, sse]) {
      const { objects, done } = readGeminiFrames(
        await textOf(askGemini(compatible, contents('[[say Hi]]'), { path: address })),
      )
      expect(textIn(objects)).toBe('Hi')
      expect(done).toBe(true)
    }
  })

  test('changes nothing for Google’s SDKs, which would fail at it', async () => {
    const headers = { 'x-goog-api-client': 'google-genai-sdk/3.1.0 gl-node/v26' }
    const { done } = readGeminiFrames(await textOf(askGemini(compatible, contents('Hi'), { path: sse, headers })))
    expect(done).toBe(false)
  })
})

describe('the way in', () => {
  test.for([
    ['its own header', (key: string) => ({ headers: { 'x-goog-api-key': key } })],
    ['the query', (key: string) => ({ query: `?key=${key}` })],
    ['a bearer', (key: string) => ({ headers: { authorization: `Bearer ${key}` } })],
    [
      'its own header rather than the query',
      (key: string) => ({ headers: { 'x-goog-api-key': key }, query: '?key=wrong' }),
    ],
    [
      'the query rather than a bearer',
      (key: string) => ({ headers: { authorization: 'Bearer wrong' }, query: `?key=${key}` }),
    ],
  ] as const)('takes a key in %s', async ([_where, present]) => {
    const { headers = {}, query = '' }: { headers?: Record<string, string>; query?: string } = present(gateway.key)
    const response = await fetch(`${gateway.url}/v1beta/models/gemma4:generateContent${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(contents('Hi')),
    })
    expect(response.status).toBe(200)
    expect(JSON.stringify(gateway.lines)).not.toContain(gateway.key)
  })

  test.for([
    '/v1beta/models/gemma4:predict',
    '/v1beta/models/gemma4',
    '/v1/models/gemma4:embedContent',
    '/v1beta/cachedContents',
    '/v1beta/files',
  ])('has no route %s, in Google’s words', async (address) => {
    const response = await askGemini(gateway, {}, { path: address })
    expect(response.status).toBe(404)
    expect((await toldBy(response)).error).toMatchObject({ code: 404, status: 'NOT_FOUND' })
  })

  test.for([
    '/v1beta/models/google%2Fgemma-4:generateContent',
    '/v1beta/models/google/gemma-4:generateContent',
    '/models/models/google/gemma-4:generateContent',
    '/gemma4/v1beta/models/google/gemma-4:generateContent',
    '/v1beta//models/google/gemma-4:generateContent',
    '/v1/tunedModels/google/gemma-4:generateContent',
  ])('finds the model in %s', async (address) => {
    expect((await toldBy(askGemini(gateway, contents('Hi'), { path: address }))).modelVersion).toBe('google/gemma-4')
  })

  test('tells bodies that are no JSON, or none at all, in Google’s words', async () => {
    const send = (body: string) =>
      fetch(`${gateway.url}/v1beta/models/gemma4:generateContent`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-goog-api-key': gateway.key },
        body,
      })
    for (const body of ['{', '[]', '"text"', '']) {
      const response = await send(body)
      expect(response.status).toBe(400)
      expect((await toldBy(response)).error).toMatchObject({ code: 400, status: 'INVALID_ARGUMENT' })
    }
  })
})
