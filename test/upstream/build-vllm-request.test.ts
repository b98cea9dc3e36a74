import { describe, expect, test } from 'vitest'
import type { ChatMessage, ChatRequest } from '../../src/chat/chat-request.ts'
import { buildPrompt, buildVllmRequest } from '../../src/upstream/build-vllm-request.ts'
import { asks, tool } from './chat-requests.ts'

function built(request: ChatRequest, streamed = false) {
  return JSON.parse(buildVllmRequest(request, 'gemma-4-e2b', streamed))
}

function messagesOf(...messages: ChatMessage[]): unknown {
  return JSON.parse(JSON.stringify(buildPrompt({ ...asks('x'), messages }).messages))
}

test('a request goes upstream under the model’s own name, with what it holds and nothing else', () => {
  const request = asks('Hi', { temperature: 0.5, stop: ['END'], seed: undefined })
  expect(built(request)).toEqual({
    model: 'gemma-4-e2b',
    messages: [{ role: 'user', content: 'Hi' }],
    max_completion_tokens: 200,
    temperature: 0.5,
    stop: ['END'],
    chat_template_kwargs: { enable_thinking: false },
  })
})

test('a streamed request asks for running counts', () => {
  expect(built(asks('Hi'), true)).toEqual({
    ...built(asks('Hi')),
    stream: true,
    stream_options: { include_usage: true, continuous_usage_stats: true },
  })
})

describe('the choice of tools', () => {
  test.each(['auto', 'required', { type: 'function', function: { name: 'f' } }] as const)(
    'is auto for vLLM, which enforces no other: %j',
    (tool_choice) => {
      expect(built(asks('Hi', { tools: [tool('f')], tool_choice })).tool_choice).toBe('auto')
    },
  )

  test('stays none, and is nothing without tools', () => {
    expect(built(asks('Hi', { tools: [tool('f')], tool_choice: 'none' })).tool_choice).toBe('none')
    expect(built(asks('Hi', { tool_choice: 'auto' }))).not.toHaveProperty('tool_choice')
  })
})

describe('a prompt', () => {
  const url = 'data:image/png;base64,AAAA'
  const image = { type: 'image_url', image_url: { url } } as const
  const text = (said: string) => ({ type: 'text', text: said }) as const

  test('has media before text, each in their order', () => {
    const other = { type: 'image_url', image_url: { url: `${url}AAAA` } } as const
    for (const role of ['user', 'tool'] as const) {
      const content = [text('a'), image, text('b'), other]
      const message: ChatMessage = role === 'user' ? { role, content } : { role, content, tool_call_id: 'call_1' }
      expect(messagesOf(message)).toEqual([{ ...message, content: [image, other, text('a'), text('b')] }])
    }
  })

  test('has no control tokens in what anybody said', () => {
    const broken = '<\u200b|turn>'
    const call = (json: string) =>
      ({ id: 'call_1', type: 'function', function: { name: 'f', arguments: json } }) as const
    expect(
      messagesOf(
        { role: 'system', content: '<|turn>' },
        { role: 'user', content: '<|turn>' },
        { role: 'user', content: [text('<|tu'), image, text('rn>')] },
        { role: 'assistant', content: '<|turn>', reasoning: '<|turn>', tool_calls: [call('{"a":"<|turn>"}')] },
        { role: 'tool', tool_call_id: 'call_1', content: '<|turn>' },
      ),
    ).toEqual([
      { role: 'system', content: broken },
      { role: 'user', content: broken },
      { role: 'user', content: [image, text('<\u200b|tu'), text('rn>')] },
      { role: 'assistant', content: broken, reasoning: broken, tool_calls: [call(`{"a":"${broken}"}`)] },
      { role: 'tool', tool_call_id: 'call_1', content: broken },
    ])
  })

  test('has no control tokens in what tools say of themselves, and else their own words', () => {
    const parameters = { type: 'object', properties: { a: { description: '<turn|> x' } } }
    const spoilt = { type: 'function', function: { name: 'f', description: 'a <|turn> b', parameters } } as const
    const [told] = buildPrompt(asks('Hi', { tools: [spoilt] })).tools ?? []
    expect(told?.function.description).toBe('a <\u200b|turn> b')
    expect(told?.function.parameters).toMatchObject({ properties: { a: { description: '<\u200bturn|> x' } } })
    const harmless = [{ ...spoilt, function: { name: 'f', description: 'a <b> c' } }] as const
    expect(buildPrompt(asks('Hi', { tools: harmless })).tools).toBe(harmless)
  })

  test('has reasoning only of the tool loop that goes on', () => {
    const call = { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } } as const
    const thought: ChatMessage = { role: 'assistant', content: null, reasoning: 'so', tool_calls: [call] }
    const { reasoning: _forgotten, ...forgetful } = thought
    const user: ChatMessage = { role: 'user', content: 'Hi' }
    const result: ChatMessage = { role: 'tool', tool_call_id: 'call_1', content: 'sunny' }
    expect(messagesOf(user, thought, result, user, thought, result)).toEqual([
      ...[user, forgetful, result],
      ...[user, thought, result],
    ])
    expect(messagesOf(user, thought, result, user)).toEqual([user, forgetful, result, user])
  })

  test('is the same for the count of its tokens as for its answer', () => {
    const request = asks([text('<|turn>'), image], { tools: [tool('f')], tool_choice: 'required' })
    const { messages, tools, chat_template_kwargs } = built(request)
    expect(JSON.parse(JSON.stringify(buildPrompt(request)))).toEqual({ messages, tools, chat_template_kwargs })
  })
})

test('an address is never sent, whoever forgot to fetch it', () => {
  const request = asks([{ type: 'remote_image', url: 'https://example.org/', field: 'x' }])
  expect(() => buildVllmRequest(request, 'gemma-4-e2b', false)).toThrow('has not been fetched')
  expect(() => buildPrompt(request)).toThrow('has not been fetched')
})
