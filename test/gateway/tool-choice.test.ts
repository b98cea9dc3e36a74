import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RecordedRequest } from '../../src/simulator/exchange/recorder.ts'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { ask, errorOf, says } from './ask.ts'
import { framesOf } from './read-frames.ts'
import { lineOf, upstreamRequests } from './upstream-requests.ts'

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({ settings: 'firstEventHold: 60s' })
})

afterAll(() => gateway.stop())

const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }

function weather(strict?: boolean): object {
  return { type: 'function', function: { name: 'get_weather', parameters, ...(strict !== undefined && { strict }) } }
}

const wrong = '[[call get_weather {"city": 5}]]'
const right = '[[call get_weather {"city": "Paris"}]]'
const forced = { tools: [weather()], tool_choice: 'required' }

function triesOf(response: Response): RecordedRequest[] {
  return upstreamRequests(gateway, response.headers.get('x-request-id'))
}

interface Told {
  readonly text: string
  readonly json: string
  readonly finish: string | null | undefined
  readonly usage: { readonly completion_tokens: number } | null | undefined
}

async function told(response: Response, streamed: boolean): Promise<Told> {
  expect(response.status).toBe(200)
  return streamed ? foldFrames(response) : readReply(response)
}

async function foldFrames(response: Response): Promise<Told> {
  const { chunks } = await framesOf(response)
  const choices = chunks.flatMap((chunk) => chunk.choices ?? [])
  return {
    text: choices.map(({ delta }) => delta.content ?? '').join(''),
    json: choices
      .flatMap(({ delta }) => delta.tool_calls ?? [])
      .map((call) => call.function.arguments)
      .join(''),
    finish: choices.at(-1)?.finish_reason,
    usage: chunks.at(-1)?.usage,
  }
}

async function readReply(response: Response): Promise<Told> {
  // What is in it is what the tests look at.
  const { choices, usage } = (await response.json()) as {
    choices: {
      message: { content: string | null; tool_calls?: { function: { arguments: string } }[] }
      finish_reason: string
    }[]
    usage: Told['usage']
  }
  const { message, finish_reason: finish } = choices[0] ?? {}
  const json = (message?.tool_calls ?? []).map((call) => call.function.arguments).join('')
  return { text: message?.content ?? '', json, finish, usage }
}

describe.each([
  ['streamed', true],
  ['whole', false],
])('a forced call, %s,', (_form, stream) => {
  const streaming = stream ? { stream, stream_options: { include_usage: true } } : {}

  test('whose arguments miss the schema is corrected, and both answers are accounted for', async () => {
    const response = await ask(gateway, says(`${wrong}[[try 2]]${right}`, { ...forced, ...streaming }))
    const { json, finish, usage } = await told(response, stream)
    expect([json, finish]).toEqual(['{"city": "Paris"}', 'tool_calls'])
    expect(triesOf(response)).toHaveLength(2)
    const line = await lineOf(gateway, response.headers.get('x-request-id'))
    expect(line.usage?.completionTokens).toBe(usage?.completion_tokens)
  })

  test('that does not come at first comes at the second try', async () => {
    const response = await ask(gateway, says(`[[say Well]][[try 2]]${right}`, { ...forced, ...streaming }))
    expect(await told(response, stream)).toMatchObject({ text: '', json: '{"city": "Paris"}' })
  })

  test.each([
    ['that never comes', '[[say no]]', 'The model called no tool, although the request asks for a call.'],
    ['whose arguments never fit', `${wrong}[[try 2]]${wrong}`, /^The model did not call a tool as its schema/],
  ])('%s is a 502 in plain words after two tries', async (_which, content, message) => {
    const response = await ask(gateway, says(content, { ...forced, ...streaming }))
    expect(response.status).toBe(502)
    expect(triesOf(response)).toHaveLength(2)
    expect((await errorOf(response)).message).toMatch(message)
  })

  test('of a strict tool is corrected where nothing is forced', async () => {
    const body = says(`[[say Well]]${wrong}[[try 2]]${right}`, { tools: [weather(true)], ...streaming })
    expect(await told(await ask(gateway, body), stream)).toMatchObject({ text: 'Well', json: '{"city": "Paris"}' })
  })

  test('of another tool is passed on as it is where nothing is forced', async () => {
    const response = await ask(gateway, says(wrong, { tools: [weather(false)], ...streaming }))
    expect(await told(response, stream)).toMatchObject({ json: '{"city": 5}', finish: 'tool_calls' })
    expect(triesOf(response)).toHaveLength(1)
  })
})

describe.each([
  ['streamed', true],
  ['whole', false],
])('a format beside tools, %s,', (_form, stream) => {
  const response_format = { type: 'json_schema', json_schema: { name: 'answer', schema: parameters } }
  const asked = { tools: [weather()], response_format, ...(stream ? { stream } : {}) }

  test('is kept by the text where no tool is called: the second try is constrained', async () => {
    const response = await ask(gateway, says('[[say In Paris.]][[try 2]]Where?', asked))
    expect(JSON.parse((await told(response, stream)).text)).toEqual({ city: 'city' })
    const [first, second] = triesOf(response).map(({ body }) => body)
    expect(first).toMatchObject({ tools: [{}] })
    expect(first).not.toHaveProperty('response_format')
    expect(second).toMatchObject({ response_format })
    expect(second).not.toHaveProperty('tools')
  })

  test('lets tools be called', async () => {
    const response = await ask(gateway, says(right, asked))
    expect(await told(response, stream)).toMatchObject({ json: '{"city": "Paris"}', finish: 'tool_calls' })
    expect(triesOf(response)).toHaveLength(1)
  })
})

test('a stream is kept open while a call is awaited', async () => {
  const impatient = await startTestGateway({ settings: 'keepAliveEvery: 50ms\nfirstEventHold: 100ms' })
  const content = `[[say Well]][[fault slow-first 1000]][[try 2]]${right}`
  const frames = await framesOf(ask(impatient, says(content, { ...forced, stream: true })))
  expect(frames.comments).toBeGreaterThan(0)
  expect(frames.done).toBe(true)
  await impatient.stop()
})

test('a pattern that would go back for ever is looked at in no time, and what misses it is asked for again', async () => {
  const runaway = { type: 'object', properties: { city: { type: 'string', pattern: '^(a+)+$' } } }
  const tools = [{ type: 'function', function: { name: 'get_weather', parameters: runaway } }]
  const content = `[[call get_weather {"city": "${'a'.repeat(60)}b"}]][[try 2]][[call get_weather {"city": "aa"}]]`
  const response = await ask(gateway, says(content, { tools, tool_choice: 'required' }))
  expect(await told(response, false)).toMatchObject({ json: '{"city": "aa"}', finish: 'tool_calls' })
  expect(triesOf(response)).toHaveLength(2)
})
