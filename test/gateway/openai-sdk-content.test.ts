import OpenAI, { InternalServerError } from 'openai'
import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { functionTool } from './ask.ts'
import { pngPixel } from './images.ts'
import { newestUpstreamBody, upstreamRequests } from './upstream-requests.ts'

let gateway: TestGateway
let client: OpenAI

beforeAll(async () => {
  gateway = await startTestGateway()
  client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 })
})

afterAll(() => gateway.stop())

function asks(content: string): { model: string; messages: ChatCompletionMessageParam[] } {
  return { model: 'gemma4', messages: [{ role: 'user', content }] }
}

const weather = functionTool('get_weather')
const time = functionTool('get_time')

describe('tools', () => {
  test.for([false, true])('are called once and in parallel, streamed: %s', async (stream) => {
    const called = '[[call get_weather {"city": "Paris"}]][[call get_time {"city": "Rome"}]]'
    const asked = { ...asks(called), tools: [weather, time] }
    const message = stream
      ? await client.chat.completions.stream(asked).finalMessage()
      : (await client.chat.completions.create(asked)).choices[0]?.message
    const calls = message?.tool_calls?.map((call) => (call.type === 'function' ? call.function : undefined))
    expect(calls).toMatchObject([
      { name: 'get_weather', arguments: '{"city": "Paris"}' },
      { name: 'get_time', arguments: '{"city": "Rome"}' },
    ])
    expect(new Set(message?.tool_calls?.map(({ id }) => id)).size).toBe(2)
    const single = await client.chat.completions.create({ ...asked, parallel_tool_calls: false })
    expect(single.choices[0]?.message.tool_calls).toHaveLength(1)
    expect(single.choices[0]?.finish_reason).toBe('tool_calls')
  })

  test('make a full round: call, result, answer', async () => {
    const messages: ChatCompletionMessageParam[] = [{ role: 'user', content: 'Please use get_weather now' }]
    const first = await client.chat.completions.create({ model: 'gemma4', messages, tools: [weather] })
    const message = first.choices[0]?.message
    const call = message?.tool_calls?.[0]
    if (message === undefined || call === undefined) throw new Error('No call came.')
    messages.push(message, { role: 'tool', tool_call_id: call.id, content: '21 degrees' })
    const second = await client.chat.completions.create({ model: 'gemma4', messages, tools: [weather] })
    expect(second.choices[0]?.message.content).toContain('get_weather "21 degrees"')
    expect(second.choices[0]?.finish_reason).toBe('stop')
  })

  test('that are required are asked for in words, and called', async () => {
    const reply = await client.chat.completions.create({
      ...asks('Say get_time'),
      tools: [weather, time],
      tool_choice: 'required',
    })
    expect(reply.choices[0]?.finish_reason).toBe('tool_calls')
    expect(newestUpstreamBody(gateway)).toMatchObject({ tool_choice: 'auto' })
    expect(JSON.stringify(newestUpstreamBody(gateway)['messages'])).toContain('calling at least one')
  })

  test.for([false, true])('chosen by name are offered alone, and end with stop, streamed: %s', async (stream) => {
    const choice = { type: 'function' as const, function: { name: 'get_weather' } }
    const asked = { ...asks('[[call get_weather {}]]'), tools: [weather, time], tool_choice: choice }
    const reply = stream
      ? await client.chat.completions.stream(asked).finalChatCompletion()
      : await client.chat.completions.create(asked)
    expect(reply.choices[0]?.message.tool_calls).toHaveLength(1)
    expect(reply.choices[0]?.finish_reason).toBe('stop')
    expect(newestUpstreamBody(gateway)).toMatchObject({ tools: [{ function: { name: 'get_weather' } }] })
  })

  test('that are required and never called are a 502 after a second try', async () => {
    const asking = client.chat.completions.create({ ...asks('Hi'), tools: [weather], tool_choice: 'required' })
    const failure = await asking.catch((thrown: unknown) => thrown)
    expect(failure).toBeInstanceOf(InternalServerError)
    // The class was just checked.
    const { status, requestID } = failure as InternalServerError
    expect(status).toBe(502)
    expect(upstreamRequests(gateway, requestID ?? null)).toHaveLength(2)
  })
})

describe('thinking', () => {
  const asked = asks('[[think Let me see]][[say Paris]]')
  const reasoned = { reasoning: 'Let me see', reasoning_content: 'Let me see', content: 'Paris' }

  test('comes in reasoning and reasoning_content of a message, never in its content', async () => {
    const reply = await client.chat.completions.create(asked)
    expect(reply.choices[0]?.message).toMatchObject(reasoned)
    expect(reply.usage?.completion_tokens_details?.reasoning_tokens).toBeGreaterThan(0)
  })

  test('comes in reasoning and reasoning_content of deltas, never in their content', async () => {
    const stream = await client.chat.completions.create({ ...asked, stream: true })
    const told = { reasoning: '', reasoning_content: '', content: '' }
    for await (const { choices } of stream) {
      // Fields that OpenAI's own types do not know.
      const delta = choices[0]?.delta as Partial<typeof told> | undefined
      told.reasoning += delta?.reasoning ?? ''
      told.reasoning_content += delta?.reasoning_content ?? ''
      told.content += delta?.content ?? ''
    }
    expect(told).toEqual(reasoned)
  })

  test.for([
    ['no field', {}, false],
    ['reasoning_effort none', { reasoning_effort: 'none' as const }, false],
    ['reasoning_effort minimal', { reasoning_effort: 'minimal' as const }, false],
    ['reasoning_effort low', { reasoning_effort: 'low' as const }, true],
    ['reasoning_effort high', { reasoning_effort: 'high' as const }, true],
    ['enable_thinking', { enable_thinking: true }, true],
    ['chat_template_kwargs', { chat_template_kwargs: { enable_thinking: true } }, true],
    [
      'kwargs against an effort',
      { reasoning_effort: 'high' as const, chat_template_kwargs: { enable_thinking: false } },
      false,
    ],
  ] as const)('is switched by %s', async ([, fields, on]) => {
    const reply = await client.chat.completions.create({ ...asks('Hi'), ...fields })
    expect(newestUpstreamBody(gateway)['chat_template_kwargs']).toEqual({ enable_thinking: on })
    expect('reasoning_content' in (reply.choices[0]?.message ?? {})).toBe(on)
  })
})

describe('content', () => {
  test('may hold an image, which reaches the model as a data URL before the text', async () => {
    const image = { type: 'image_url' as const, image_url: { url: pngPixel } }
    const content = [{ type: 'text' as const, text: 'What is this?' }, image]
    const reply = await client.chat.completions.create({ model: 'gemma4', messages: [{ role: 'user', content }] })
    expect(reply.choices[0]?.message.content).toContain('1 image')
    expect(newestUpstreamBody(gateway)['messages']).toEqual([{ role: 'user', content: [image, content[0]] }])
  })

  test.for([false, true])('is JSON of the schema that was sent, streamed: %s', async (stream) => {
    const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
    const response_format = { type: 'json_schema' as const, json_schema: { name: 'place', schema, strict: true } }
    const asked = { ...asks('Where?'), response_format }
    const message = stream
      ? await client.chat.completions.stream(asked).finalMessage()
      : (await client.chat.completions.create(asked)).choices[0]?.message
    expect(JSON.parse(message?.content ?? '')).toEqual({ city: expect.any(String) })
    expect(newestUpstreamBody(gateway)).toMatchObject({ response_format })
  })

  test('is a JSON object where that was asked for', async () => {
    const reply = await client.chat.completions.create({ ...asks('Hi'), response_format: { type: 'json_object' } })
    expect(JSON.parse(reply.choices[0]?.message.content ?? '')).toBeTypeOf('object')
  })
})
