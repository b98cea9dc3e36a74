import OpenAI from 'openai'
import type { ChatCompletionMessage, ChatCompletionMessageParam } from 'openai/resources/chat/completions'
import type { ResponseInputItem, ResponseOutputItem } from 'openai/resources/responses/responses'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { functionTool } from './ask.ts'
import { newestUpstreamBody } from './upstream-requests.ts'

let gateway: TestGateway
let client: OpenAI

beforeAll(async () => {
  gateway = await startTestGateway()
  client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 })
})

afterAll(() => gateway.stop())

const model = 'gemma4'
const prompt = '[[call write {"path":"a.txt","text":"one two three four five six seven eight nine ten"}]]'
const tool = functionTool('write', { path: { type: 'string' }, text: { type: 'string' } })

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Arguments that were sent upstream. */
function argumentsSent(): { path: string; text: string }[] {
  const { messages } = newestUpstreamBody(gateway) as {
    messages: { tool_calls?: { function: { arguments: string } }[] }[]
  }
  return messages.flatMap(({ tool_calls: calls = [] }) => calls.map((call) => JSON.parse(call.function.arguments)))
}

describe('a conversation goes on after a call that was cut by its length', () => {
  test.for([false, true])('in Chat Completions (streamed: %j)', async (streamed) => {
    const messages: ChatCompletionMessageParam[] = [{ role: 'user', content: prompt }]
    const { message, finish } = await said(messages, streamed)
    expect(finish).toBe('length')
    const [call] = message.tool_calls ?? []
    const written = call?.type === 'function' ? call.function.arguments : ''
    expect([written.startsWith('{"path":"a.txt"'), isJson(written)]).toEqual([true, false])
    messages.push(message, { role: 'tool', tool_call_id: call?.id ?? '', content: 'it broke off' })
    const next = await client.chat.completions.create({ model, messages, tools: [tool] })
    expect(next.choices[0]?.message.content).toContain('it broke off')
    expect(argumentsSent()).toEqual([{ path: 'a.txt', text: expect.stringMatching(/^one/) }])
  })

  async function said(
    messages: ChatCompletionMessageParam[],
    streamed: boolean,
  ): Promise<{ message: ChatCompletionMessage; finish: string | undefined }> {
    const params = { model, messages, tools: [tool], max_tokens: 12 }
    if (!streamed) {
      const { choices } = await client.chat.completions.create(params)
      if (choices[0] === undefined) throw new Error('There is no choice.')
      return { message: choices[0].message, finish: choices[0].finish_reason }
    }
    let finish: string | undefined
    const call = { id: '', type: 'function' as const, function: { name: '', arguments: '' } }
    for await (const { choices } of await client.chat.completions.create({ ...params, stream: true })) {
      const [delta] = choices[0]?.delta.tool_calls ?? []
      call.id += delta?.id ?? ''
      call.function.name += delta?.function?.name ?? ''
      call.function.arguments += delta?.function?.arguments ?? ''
      finish = choices[0]?.finish_reason ?? finish
    }
    return { message: { role: 'assistant', content: null, refusal: null, tool_calls: [call] }, finish }
  }

  test('in Responses, alike by its id and with its items sent again', async () => {
    const tools = [{ type: 'function' as const, strict: false, ...tool.function }]
    const user: ResponseInputItem = { role: 'user', content: prompt }
    const first = await client.responses.create({ model, input: [user], tools, max_output_tokens: 12 })
    expect(first).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } })
    const call = callIn(first.output)
    expect(isJson(call.arguments)).toBe(false)
    const result = { type: 'function_call_output' as const, call_id: call.call_id, output: 'it broke off' }
    const turns = [
      { previous_response_id: first.id, input: [result] },
      { store: false, input: [user, ...(first.output as ResponseInputItem[]), result] },
    ]
    const asked = []
    for (const turn of turns) {
      const next = await client.responses.create({ model, tools, ...turn })
      expect(next.output_text).toContain('it broke off')
      expect(argumentsSent()).toEqual([{ path: 'a.txt', text: expect.stringMatching(/^one/) }])
      asked.push(newestUpstreamBody(gateway)['messages'])
    }
    expect(asked[0]).toEqual(asked[1])
  })
})

function callIn(output: readonly ResponseOutputItem[]) {
  const call = output.find((item) => item.type === 'function_call')
  if (call === undefined) throw new Error('Nothing was called.')
  return call
}

test('a conversation goes on after an answer in which nothing was said', async () => {
  const silent = { role: 'assistant' as const, content: null }
  const messages: ChatCompletionMessageParam[] = [
    { role: 'user', content: 'One' },
    silent,
    { role: 'user', content: 'Two' },
  ]
  const { choices } = await client.chat.completions.create({ model, messages })
  expect(choices[0]?.message.content).toContain('Two')
  const sent = [{ role: 'user' }, { role: 'assistant', content: '' }, { role: 'user' }]
  expect(newestUpstreamBody(gateway)['messages']).toMatchObject(sent)
})
