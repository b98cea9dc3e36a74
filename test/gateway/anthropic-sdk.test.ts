import type Anthropic from '@anthropic-ai/sdk'
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod'
import type { MessageParam, ToolUseBlock } from '@anthropic-ai/sdk/resources/messages'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { anthropicClient, anthropicService, asks, saidBy, textOf, weather } from './anthropic-client.ts'
import { pngPixel } from './images.ts'
import { newestUpstreamBody } from './upstream-requests.ts'

let gateway: TestGateway
let client: Anthropic

beforeAll(async () => {
  gateway = await startTestGateway({ settings: anthropicService })
  client = anthropicClient(gateway)
})

afterAll(() => gateway.stop())

const tools = [weather]
const data = pngPixel.slice(pngPixel.indexOf(',') + 1)
const image = { type: 'image' as const, source: { type: 'base64' as const, media_type: 'image/png' as const, data } }

/** The same request, whole and streamed. */
async function both(params: ReturnType<typeof asks>) {
  const whole = await client.messages.create(params)
  return { whole, streamed: await client.messages.stream(params).finalMessage() }
}

describe('a reply, whole and streamed,', () => {
  test('has text, usage without what was cached, and the model as it was asked for', async () => {
    const { whole, streamed } = await both(asks('[[say Hello there]]', { system: 'Be kind. '.repeat(20) }))
    expect(saidBy(streamed)).toEqual(saidBy(whole))
    expect(whole).toMatchObject({ type: 'message', role: 'assistant', model: 'claude-sonnet-5-5' })
    expect(whole.content).toEqual([{ type: 'text', text: 'Hello there' }])
    expect(whole).toMatchObject({ stop_reason: 'end_turn', stop_sequence: null })
    const { input_tokens, cache_read_input_tokens: cached } = whole.usage
    expect(cached).toBeGreaterThan(input_tokens)
    expect(input_tokens).toBeGreaterThan(0)
    expect(whole.usage.output_tokens).toBeGreaterThan(1)
    expect(streamed.id).not.toBe(whole.id)
  })

  test('has thinking, text and parallel calls in blocks of their own', async () => {
    const content =
      '[[think Well]][[say Done]][[call get_weather {"city": "Paris"}]][[call get_weather {"city": "Rome"}]]'
    const { whole, streamed } = await both(asks(content, { tools, thinking: { type: 'enabled', budget_tokens: 1024 } }))
    expect(saidBy(streamed)).toEqual(saidBy(whole))
    expect(whole.content).toMatchObject([
      { type: 'thinking', thinking: 'Well' },
      { type: 'text', text: 'Done' },
      { type: 'tool_use', name: 'get_weather', input: { city: 'Paris' } },
      { type: 'tool_use', name: 'get_weather', input: { city: 'Rome' } },
    ])
    expect(whole.stop_reason).toBe('tool_use')
    const ids = [...whole.content, ...streamed.content].flatMap((block) =>
      block.type === 'tool_use' ? [block.id] : [],
    )
    expect(new Set(ids).size).toBe(4)
  })

  test('has one call where one is wanted at a time', async () => {
    const content = '[[call get_weather {"city": "Paris"}]][[call get_weather {"city": "Rome"}]]'
    const tool_choice = { type: 'auto' as const, disable_parallel_tool_use: true }
    const { whole, streamed } = await both(asks(content, { tools, tool_choice }))
    expect(saidBy(streamed)).toEqual(saidBy(whole))
    expect(whole.content).toHaveLength(1)
  })

  test('has a call of the tool that is asked for by name', async () => {
    const tool_choice = { type: 'tool' as const, name: 'get_weather' }
    const { whole, streamed } = await both(asks('[[call get_weather {"city": "Paris"}]]', { tools, tool_choice }))
    expect(saidBy(streamed)).toEqual(saidBy(whole))
    expect(whole.content).toMatchObject([{ type: 'tool_use', name: 'get_weather' }])
  })

  test('ends at a stop sequence, and names it', async () => {
    const { whole, streamed } = await both(asks('[[say one two three]]', { stop_sequences: ['two'] }))
    expect(saidBy(streamed)).toEqual(saidBy(whole))
    expect(whole).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: 'two' })
    expect(textOf(whole).trim()).toBe('one')
  })

  test('is cut by max_tokens', async () => {
    const { whole, streamed } = await both(asks('[[words 50]]', { max_tokens: 7 }))
    expect(saidBy(streamed)).toEqual(saidBy(whole))
    expect(whole).toMatchObject({ stop_reason: 'max_tokens', usage: { output_tokens: 7 } })
  })

  test('that fills the context window says so, and a limit of 32,000 tokens is fitted', async () => {
    const params = asks('[[words 9000]]', { max_tokens: 32_000, stream: false })
    const whole = await client.messages.create(params, { timeout: 10_000 })
    const streamed = await client.messages.stream(params).finalMessage()
    for (const { stop_reason } of [whole, streamed]) expect(stop_reason).toBe('model_context_window_exceeded')
    expect(newestUpstreamBody(gateway)['max_completion_tokens']).toBeLessThan(8192)
  })

  test('has the arguments that came where a call was cut', async () => {
    const content = '[[call get_weather {"city": "Llanfairpwllgwyngyll"}]]'
    const { whole, streamed } = await both(asks(content, { tools, max_tokens: 7 }))
    expect(saidBy(streamed)).toEqual(saidBy(whole))
    expect(whole).toMatchObject({
      stop_reason: 'max_tokens',
      content: [{ type: 'tool_use', input: { city: 'Llanf' } }],
    })
  })

  test('goes on from what the assistant is to have begun', async () => {
    const messages: MessageParam[] = [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'It is' },
    ]
    await both({ ...asks(''), messages })
    expect(newestUpstreamBody(gateway)).toMatchObject({
      messages,
      continue_final_message: true,
      add_generation_prompt: false,
    })
  })
})

describe('a tool loop', () => {
  test('goes through calls and their results, an image among them', async () => {
    const question = asks('[[call get_weather {"city": "Paris"}]][[call get_weather {"city": "Rome"}]]', { tools })
    const first = await client.messages.create(question)
    const calls = first.content.filter((block): block is ToolUseBlock => block.type === 'tool_use')
    const results = calls.map(({ id }, index) => ({
      type: 'tool_result' as const,
      tool_use_id: id,
      content: index === 0 ? '21 degrees' : [{ type: 'text' as const, text: 'a picture' }, image],
    }))
    const messages: MessageParam[] = [
      ...question.messages,
      { role: 'assistant', content: first.content },
      { role: 'user', content: results },
    ]
    const { whole, streamed } = await both({ ...question, messages })
    expect(saidBy(streamed)).toEqual(saidBy(whole))
    expect(textOf(whole)).toMatch(/21 degrees.*a picture.*1 image/)
    expect(newestUpstreamBody(gateway)['messages']).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: null, tool_calls: [{ id: calls[0]?.id }, { id: calls[1]?.id }] },
      { role: 'tool', tool_call_id: calls[0]?.id, content: '21 degrees' },
      { role: 'tool', tool_call_id: calls[1]?.id, content: [{ type: 'image_url' }, { type: 'text' }] },
    ])
  })

  test('keeps thinking that was not shown, for the key that it was made for', async () => {
    const question = asks('[[think Paris it is]][[call get_weather {"city": "Paris"}]]', {
      tools,
      thinking: { type: 'adaptive', display: 'omitted' },
    })
    const { content } = await client.messages.stream(question).finalMessage()
    expect(content[0]).toMatchObject({ type: 'thinking', thinking: '' })
    const call = content.find((block) => block.type === 'tool_use')
    const results = [{ type: 'tool_result' as const, tool_use_id: call?.id ?? '', content: 'sunny' }]
    const messages: MessageParam[] = [
      ...question.messages,
      { role: 'assistant', content },
      { role: 'user', content: results },
    ]
    await client.messages.create({ ...question, messages })
    expect(newestUpstreamBody(gateway)['messages']).toMatchObject([{}, { reasoning: 'Paris it is' }, {}])
  })
})

test('structured output follows a schema that zod wrote', async () => {
  const Event = z.object({ name: z.string(), guests: z.array(z.string()) })
  const params = asks('Plan', { output_config: { format: zodOutputFormat(Event) } })
  const { parsed_output: whole } = await client.messages.parse(params)
  expect(Event.parse(whole)).toEqual(whole)
  expect(newestUpstreamBody(gateway)['response_format']).toMatchObject({ type: 'json_schema' })
  const { content } = await client.messages.stream(params).finalMessage()
  expect(content).toHaveLength(1)
})

test('tokens are counted without an answer, as a real request has them', async () => {
  const isChat = ({ path }: { path: string }) => path.startsWith('/v1/chat')
  const { length } = gateway.simulator.requests.filter(isChat)
  const { model, messages } = asks('one two three')
  const { input_tokens } = await client.messages.countTokens({ model, messages })
  const more = await client.messages.countTokens({ model, messages, tools, system: 'Be kind.' })
  expect(more.input_tokens).toBeGreaterThan(input_tokens)
  expect(gateway.simulator.requests.filter(isChat)).toHaveLength(length)
  const answered = await client.messages.create({ ...asks('one two three'), max_tokens: 9 })
  expect(answered.usage.input_tokens + (answered.usage.cache_read_input_tokens ?? 0)).toBe(input_tokens)
})

test('models are listed and looked up', async () => {
  const ids = []
  for await (const { id, type } of client.models.list({ limit: 1000 })) ids.push([type, id])
  expect(ids).toEqual([
    ['model', 'gemma4'],
    ['model', 'claude-local'],
  ])
  expect(await client.models.retrieve('claude-opus-5')).toMatchObject({ id: 'claude-opus-5', max_input_tokens: 8192 })
  const { request_id: listed } = await client.models.list().withResponse()
  const { request_id: shown } = await client.models.retrieve('claude-opus-5').withResponse()
  for (const id of [listed, shown]) expect(id).toMatch(/^req_\w+$/)
})

describe('a key', () => {
  test('may stand in either header, and where two differ x-api-key counts', async () => {
    const bearer = anthropicClient(gateway, { apiKey: null, authToken: gateway.key })
    expect(textOf(await bearer.messages.create(asks('[[say Hi]]')))).toBe('Hi')
    const send = (headers: Record<string, string>) =>
      fetch(`${gateway.url}/v1/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(asks('Hi')),
      })
    expect((await send({ 'x-api-key': gateway.key, authorization: 'Bearer wrong' })).status).toBe(200)
    expect((await send({ 'x-api-key': 'wrong', authorization: `Bearer ${gateway.key}` })).status).toBe(401)
  })
})
