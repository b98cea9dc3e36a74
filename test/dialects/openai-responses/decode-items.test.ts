import { describe, expect, test } from 'vitest'
import type { ChatMessage } from '../../../src/chat/chat-request.ts'
import { failureOf } from '../../chat/failure-of.ts'
import { seal } from '../answering.ts'
import { decode } from './answering.ts'

async function messagesOf(input: unknown, rest: object = {}): Promise<readonly ChatMessage[]> {
  return (await decode({ input, ...rest })).request.messages
}

const user = { role: 'user', content: 'Hi' }
const reasoning = { type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: 'Hm' }] }
const says = { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Wait' }] }
const calls = (id: string) => ({ type: 'function_call', call_id: id, name: 'f', arguments: '{"x":1}' })
const result = (id: string, output: unknown = 'ok') => ({ type: 'function_call_output', call_id: id, output })
const told = (id: string) => ({ id, type: 'function', function: { name: 'f', arguments: '{"x":1}' } })

test('a string and a list of one text are the same prompt', async () => {
  const spellings = ['Hi', [user], [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] }]]
  for (const input of spellings) expect(await messagesOf(input)).toEqual([{ role: 'user', content: 'Hi' }])
})

test('several texts stay several', async () => {
  const content = [
    { type: 'input_text', text: 'a' },
    { type: 'input_text', text: 'b' },
  ]
  expect(await messagesOf([{ role: 'user', content }])).toEqual([
    {
      role: 'user',
      content: [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
    },
  ])
})

test('what the model said in one go is one message, with the results behind it', async () => {
  const input = [user, reasoning, says, calls('1'), calls('2'), result('1'), result('2')]
  expect(await messagesOf(input)).toEqual([
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Wait', reasoning: 'Hm', tool_calls: [told('1'), told('2')] },
    { role: 'tool', tool_call_id: '1', content: 'ok' },
    { role: 'tool', tool_call_id: '2', content: 'ok' },
  ])
})

test('a message in which nothing is said is an empty one, and adds nothing to what is said beside it', async () => {
  for (const content of [undefined, null, '', []]) {
    const silent = { type: 'message', role: 'assistant', content }
    const [, alone] = await messagesOf([user, silent, user])
    expect(alone).toEqual({ role: 'assistant', content: '' })
    const [, beside] = await messagesOf([user, says, silent, user])
    expect(beside).toEqual({ role: 'assistant', content: 'Wait' })
  }
})

test('what it said after the results is a message of its own', async () => {
  const input = [user, calls('1'), result('1'), reasoning, calls('2'), result('2'), says, user]
  expect((await messagesOf(input)).map(({ role }) => role)).toEqual([
    'user',
    'assistant',
    'tool',
    'assistant',
    'tool',
    'assistant',
    'user',
  ])
})

test('instructions and developer messages are system messages, each in its place', async () => {
  const input = [{ role: 'developer', content: 'B' }, user, { role: 'system', content: 'C' }, user]
  expect(await messagesOf(input, { instructions: 'A' })).toMatchObject([
    { role: 'system', content: 'A' },
    { role: 'system', content: 'B' },
    { role: 'user' },
    { role: 'system', content: 'C' },
    { role: 'user' },
  ])
})

test('a call without a result has one that says so, and a result without a call is the user’s text', async () => {
  expect(await messagesOf([user, calls('1'), result('2'), user])).toMatchObject([
    { role: 'user' },
    { role: 'assistant', tool_calls: [told('1')] },
    { role: 'tool', tool_call_id: '1', content: '[no result]' },
    { role: 'user', content: expect.stringContaining('ok') },
    { role: 'user' },
  ])
})

test('ids of the client’s are ignored', async () => {
  const withIds = [user, reasoning, calls('1'), result('1')].map((item, index) => ({ id: `id_${index}`, ...item }))
  expect(await messagesOf(withIds)).toEqual(await messagesOf([user, reasoning, calls('1'), result('1')]))
})

describe('reasoning', () => {
  async function reasoningOf(item: object): Promise<unknown> {
    const [, message] = await messagesOf([user, { type: 'reasoning', ...item }, calls('1'), result('1')])
    return message?.role === 'assistant' ? message.reasoning : undefined
  }
  const content = [{ type: 'reasoning_text', text: 'content' }]
  const summary = [{ type: 'summary_text', text: 'summary' }]

  test('is what was sealed, or the content, or the summary', async () => {
    const sealed = seal.close('sealed', 'key-1')
    expect(await reasoningOf({ encrypted_content: sealed, content, summary })).toBe('sealed')
    expect(await reasoningOf({ encrypted_content: null, content, summary })).toBe('content')
    expect(await reasoningOf({ content: [], summary })).toBe('summary')
    expect(await reasoningOf({ summary: [] })).toBeUndefined()
  })

  test('that was sealed for another key, or by somebody else, is not opened', async () => {
    for (const foreign of [seal.close('theirs', 'key-2'), 'gAAAAABo']) {
      expect(await reasoningOf({ encrypted_content: foreign, summary: [] })).toBeUndefined()
    }
  })

  test('that nothing followed is left out', async () => {
    expect(await messagesOf([user, reasoning])).toEqual([{ role: 'user', content: 'Hi' }])
  })
})

describe('tools', () => {
  test('that are custom or in a namespace are called by the names that the model was shown', async () => {
    const input = [
      user,
      { type: 'function_call', call_id: '1', name: 'f', namespace: 'ns', arguments: '' },
      { type: 'custom_tool_call', call_id: '2', name: 'a tool', input: 'x' },
    ]
    const tools = [
      { type: 'namespace', name: 'ns', tools: [{ type: 'function', name: 'f' }] },
      { type: 'custom', name: 'a tool' },
    ]
    const { request } = await decode({ input, tools })
    const names = request.tools?.map(({ function: { name } }) => name)
    expect(request.messages[1]).toMatchObject({
      tool_calls: [
        { function: { name: names?.[0], arguments: '{}' } },
        { function: { name: names?.[1], arguments: '{"input":"x"}' } },
      ],
    })
    expect(names?.[0]).toBe('ns__f')
    expect(names?.[1]).toMatch(/^[A-Za-z0-9_-]{1,64}$/)
  })

  test('may answer in parts, images among them', async () => {
    const output = [
      { type: 'input_text', text: 'See' },
      { type: 'input_image', image_url: 'https://example.com/a.png' },
    ]
    const failure = await failureOf(() => decode({ input: [user, calls('1'), result('1', output)] }))
    expect(failure).toMatchObject({ kind: 'unsupported-field', field: 'input[2].output[1].image_url' })
  })

  test('of OpenAI’s that work like functions are told as calls', async () => {
    const input = [
      user,
      { type: 'local_shell_call', id: 'lsh_1', call_id: 'c1', action: { type: 'exec', command: ['ls'] } },
      { type: 'local_shell_call_output', id: 'c1', output: 'a.txt' },
      { type: 'apply_patch_call', call_id: 'c2', operation: { type: 'delete_file' } },
      { type: 'apply_patch_call_output', call_id: 'c2', output: null },
    ]
    expect(await messagesOf(input)).toMatchObject([
      { role: 'user' },
      { tool_calls: [{ function: { name: 'local_shell', arguments: '{"type":"exec","command":["ls"]}' } }] },
      { role: 'tool', tool_call_id: 'c1', content: 'a.txt' },
      { tool_calls: [{ function: { name: 'apply_patch' } }] },
      { role: 'tool', tool_call_id: 'c2', content: '' },
    ])
  })
})

test('items that only other servers can read are left out, and named', async () => {
  const foreign = ['web_search_call', 'mcp_list_tools', 'compaction', 'not a word'].map((type) => ({ type }))
  const { request, headers } = await decode({ input: [...foreign, ...foreign, user] })
  expect(request.messages).toEqual([{ role: 'user', content: 'Hi' }])
  expect(headers).toEqual({ 'x-gateway-dropped-items': 'web_search_call, mcp_list_tools, compaction' })
})

test('images of the whole conversation are counted', async () => {
  const image =
    'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=='
  const part = { type: 'input_image', image_url: image }
  const input = [{ role: 'user', content: [part] }, calls('1'), result('1', [part, part])]
  expect(await failureOf(() => decode({ input }))).toMatchObject({ kind: 'invalid-request', field: 'input' })
})
