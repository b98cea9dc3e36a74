import OpenAI from 'openai'
import type { ChatCompletionChunk, ChatCompletionMessageParam } from 'openai/resources/chat/completions'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { newestUpstreamBody } from './upstream-requests.ts'

let gateway: TestGateway
let client: OpenAI

beforeAll(async () => {
  gateway = await startTestGateway()
  client = new OpenAI({ apiKey: gateway.key, baseURL: `${gateway.url}/v1`, maxRetries: 0 })
})

afterAll(() => gateway.stop())

const model = 'gemma4'

async function pieces(stream: AsyncIterable<ChatCompletionChunk>): Promise<ChatCompletionChunk.Choice[]> {
  const choices: ChatCompletionChunk.Choice[] = []
  for await (const chunk of stream) choices.push(...chunk.choices)
  return choices
}

describe('a custom tool', () => {
  const tools = [{ type: 'custom', custom: { name: 'patch', description: 'Patches a file.' } }] as const
  const asked = '[[call patch {"input":"line 1\\nline \\"2\\""}]]'
  const messages: ChatCompletionMessageParam[] = [{ role: 'user', content: asked }]
  const input = 'line 1\nline "2"'

  test('is called with free text, and its result goes back to the model', async () => {
    const { choices } = await client.chat.completions.create({ model, messages, tools: [...tools] })
    const [choice] = choices
    expect(choice?.finish_reason).toBe('tool_calls')
    const [call] = choice?.message.tool_calls ?? []
    if (choice === undefined || call?.type !== 'custom') throw new Error('The call is of another type.')
    expect(call.custom).toEqual({ name: 'patch', input })
    const answer = { role: 'tool', tool_call_id: call.id, content: 'patched' } as const
    const reply = await client.chat.completions.create({
      model,
      messages: [...messages, choice.message, answer, { role: 'user', content: 'Thanks' }],
      tools: [...tools],
    })
    expect(reply.choices[0]?.finish_reason).toBe('stop')
    expect(newestUpstreamBody(gateway)).toMatchObject({
      messages: [
        { role: 'user' },
        { tool_calls: [{ function: { name: 'patch', arguments: JSON.stringify({ input }) } }] },
        { role: 'tool', content: 'patched' },
        { role: 'user' },
      ],
    })
  })

  test('is called the same in a stream', async () => {
    const choices = await pieces(
      await client.chat.completions.create({ model, messages, tools: [...tools], stream: true }),
    )
    const calls = choices.flatMap(({ delta }) => delta.tool_calls ?? [])
    expect(calls[0]).toMatchObject({ index: 0, type: 'custom', custom: { name: 'patch' } })
    expect(calls.map(({ custom }) => custom?.input ?? '').join('')).toBe(input)
    expect(choices.at(-1)?.finish_reason).toBe('tool_calls')
  })
})

describe('a function', () => {
  const functions = [{ name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } }]
  const asked = '[[call get_weather {"city":"Paris"}]][[call get_weather {"city":"Rome"}]]'
  const messages: ChatCompletionMessageParam[] = [{ role: 'user', content: asked }]

  test('is called alone, and its result goes back under its name', async () => {
    const { choices } = await client.chat.completions.create({ model, messages, functions })
    const [choice] = choices
    expect(choice?.finish_reason).toBe('function_call')
    expect(choice?.message.function_call).toEqual({ name: 'get_weather', arguments: '{"city":"Paris"}' })
    expect(choice?.message).not.toHaveProperty('tool_calls')
    if (choice === undefined) throw new Error('There is no choice.')
    await client.chat.completions.create({
      model,
      messages: [...messages, choice.message, { role: 'function', name: 'get_weather', content: 'sunny' }],
      functions,
    })
    const { messages: sent } = newestUpstreamBody(gateway)
    const id = 'function_get_weather'
    expect(sent).toMatchObject([{}, { tool_calls: [{ id }] }, { role: 'tool', tool_call_id: id, content: 'sunny' }])
  })

  test('is called the same in a stream', async () => {
    const choices = await pieces(await client.chat.completions.create({ model, messages, functions, stream: true }))
    const calls = choices.flatMap(({ delta }) => delta.function_call ?? [])
    expect(calls[0]?.name).toBe('get_weather')
    expect(JSON.parse(calls.map(({ arguments: json }) => json ?? '').join(''))).toEqual({ city: 'Paris' })
    expect(choices.at(-1)?.finish_reason).toBe('function_call')
  })
})
