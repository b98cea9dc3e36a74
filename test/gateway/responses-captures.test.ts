import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readEvents } from '../dialects/openai-responses/read-events.ts'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { newestUpstreamBody } from './upstream-requests.ts'

interface Item {
  readonly type?: string
  readonly id?: string
}

interface Captured {
  readonly name: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: { readonly input: Item[]; readonly tools?: object[] }
}

function readCapture(name: string): [Captured, Captured] {
  return JSON.parse(readFileSync(new URL(`../captures/${name}.json`, import.meta.url), 'utf8'))
}

const [firstTurn, secondTurn] = readCapture('codex-0.169.0/tool-roundtrip')

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({ simulator: { maxModelLen: 100_000 } })
})

afterAll(() => gateway.stop())

/** Sends a request as it was recorded, with a key of ours. */
function replay({ url, headers, body }: Captured): Promise<Response> {
  const authorization = `Bearer ${gateway.key}`
  return fetch(gateway.url + url, {
    method: 'POST',
    headers: { ...headers, authorization },
    body: JSON.stringify(body),
  })
}

/** The same request with other items at the end of its input. */
function goingOn(captured: Captured, ...items: object[]): Captured {
  return { ...captured, body: { ...captured.body, input: [...captured.body.input, ...items] } }
}

async function messagesFor(captured: Captured): Promise<unknown[]> {
  await (await replay(captured)).text()
  return newestUpstreamBody(gateway)['messages'] as unknown[]
}

describe('Codex 0.169.0', () => {
  test.for([firstTurn, secondTurn])('$name is answered in a stream that ends as completed', async (captured) => {
    const response = await replay(captured)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const last = readEvents(await response.text()).at(-1)
    expect(last).toMatchObject({
      type: 'response.completed',
      response: {
        store: false,
        usage: { input_tokens_details: { cached_tokens: expect.any(Number) }, total_tokens: expect.any(Number) },
      },
    })
  })

  test('both developer messages lead, and reasoning and calls are one message with the results behind it', async () => {
    const call = (id: string) => ({
      id,
      type: 'function',
      function: { name: 'exec_command', arguments: '{"cmd":"cat a.txt"}' },
    })
    expect(await messagesFor(secondTurn)).toMatchObject([
      { role: 'system' },
      { role: 'system' },
      { role: 'user' },
      { role: 'user', content: 'read a.txt' },
      { role: 'assistant', content: null, reasoning: 'think', tool_calls: [call('call_1'), call('call_2')] },
      { role: 'tool', tool_call_id: 'call_1', content: expect.stringContaining('hello') },
      { role: 'tool', tool_call_id: 'call_2', content: expect.stringContaining('hello') },
    ])
  })

  test('the prompt of a turn is the beginning of the next', async () => {
    const first = await messagesFor(firstTurn)
    const firstTools = newestUpstreamBody(gateway)['tools']
    const second = await messagesFor(secondTurn)
    expect(second.slice(0, first.length)).toEqual(first)
    expect(newestUpstreamBody(gateway)['tools']).toEqual(firstTools)
  })

  test('the tools of its namespace are flat for the model, web search is left out and named', async () => {
    const response = await replay(firstTurn)
    await response.text()
    expect(response.headers.get('x-gateway-dropped-tools')).toBe('web_search')
    const tools = newestUpstreamBody(gateway)['tools'] as { function: { name: string } }[]
    expect(tools.map(({ function: { name } }) => name)).toEqual([
      'exec_command',
      'write_stdin',
      'request_user_input',
      'view_image',
      'multi_agent_v1__close_agent',
      'multi_agent_v1__resume_agent',
      'multi_agent_v1__send_input',
      'multi_agent_v1__spawn_agent',
      'multi_agent_v1__wait_agent',
      'get_goal',
      'create_goal',
      'update_goal',
    ])
  })

  test('a call of its namespace comes back in two fields, and goes up again under one name', async () => {
    const asks = { type: 'message', role: 'user', content: '[[call multi_agent_v1__wait_agent {"id": "1"}]]' }
    const asked = goingOn(firstTurn, asks)
    const events = readEvents(await (await replay(asked)).text())
    const done = events.find(({ type }) => type === 'response.output_item.done')
    const item = done?.['item'] as { call_id: string }
    expect(item).toMatchObject({ type: 'function_call', name: 'wait_agent', namespace: 'multi_agent_v1' })
    const output = { type: 'function_call_output', call_id: item.call_id, output: 'done' }
    expect((await messagesFor(goingOn(asked, item, output))).slice(-2)).toMatchObject([
      { tool_calls: [{ id: item.call_id, function: { name: 'multi_agent_v1__wait_agent' } }] },
      { role: 'tool', tool_call_id: item.call_id },
    ])
  })

  test('reasoning comes as a summary and sealed, and goes up again from the seal alone', async () => {
    const asks = {
      type: 'message',
      role: 'user',
      content: '[[think Hm]][[call exec_command {"cmd": "ls"}]]',
    }
    const thinking = { ...firstTurn, body: { ...firstTurn.body, reasoning: { summary: 'auto', effort: 'high' } } }
    const events = readEvents(await (await replay(goingOn(thinking, asks))).text())
    const items = events.filter(({ type }) => type === 'response.output_item.done').map(({ item }) => item)
    const [reasoning, call] = items as [object, { call_id: string }]
    expect(reasoning).toMatchObject({
      type: 'reasoning',
      summary: [{ type: 'summary_text', text: 'Hm' }],
      encrypted_content: expect.stringMatching(/^[\w-]+$/),
    })
    const sealed = { ...reasoning, summary: [], content: undefined }
    const output = { type: 'function_call_output', call_id: call.call_id, output: 'a.txt' }
    const messages = await messagesFor(goingOn(thinking, asks, sealed, call, output))
    expect(messages.at(-2)).toMatchObject({ role: 'assistant', reasoning: 'Hm' })
  })
})

test.for(readCapture('ai-sdk-openai-4/requests'))('$name is answered', async (captured) => {
  const response = await replay(captured)
  expect(response.status, await response.clone().text()).toBe(200)
  expect(await response.json()).toMatchObject({ object: 'response', status: 'completed' })
})
