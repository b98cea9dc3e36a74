import { describe, expect, test } from 'vitest'
import type { ChatChoice } from '../../../src/chat/chat-reply.ts'
import { encodeReply } from '../../../src/dialects/openai-chat/encode-reply.ts'
import { answer } from './answer.ts'

const choice: ChatChoice = {
  index: 0,
  reasoning: '',
  text: 'Hi',
  toolCalls: [],
  logprobs: null,
  finish: { reason: 'stop', stopString: null },
}
const usage = { promptTokens: 21, cachedTokens: 16, completionTokens: 39, reasoningTokens: 30 }

function encoded(choices: readonly ChatChoice[], echo = {}) {
  return JSON.parse(encodeReply({ created: 1759900000, choices, usage }, answer(echo)))
}

test('a reply is a chat completion under the request’s id and the caller’s name for the model', () => {
  expect(encoded([choice])).toEqual({
    id: 'chatcmpl-req1',
    object: 'chat.completion',
    created: 1759900000,
    model: 'gpt-5',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'Hi', refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: {
      prompt_tokens: 21,
      completion_tokens: 39,
      total_tokens: 60,
      prompt_tokens_details: { cached_tokens: 16 },
      completion_tokens_details: { reasoning_tokens: 30 },
    },
  })
})

describe('reasoning', () => {
  const thought = { ...choice, reasoning: 'so' }

  test('is told under both names, never in the content', () => {
    expect(encoded([thought]).choices[0].message).toEqual({
      role: 'assistant',
      content: 'Hi',
      refusal: null,
      reasoning: 'so',
      reasoning_content: 'so',
    })
  })

  test('is left out where the caller does not want it, and where there is none', () => {
    const plain = { role: 'assistant', content: 'Hi', refusal: null }
    expect(encoded([thought], { reasoningFields: 'none' }).choices[0].message).toEqual(plain)
    expect(encoded([choice]).choices[0].message).toEqual(plain)
  })

  test.for(['reasoning', 'reasoning_content'] as const)('is told as %s alone where the key says so', (name) => {
    const { message } = encoded([thought], { reasoningFields: name }).choices[0]
    expect(message).toEqual({ role: 'assistant', content: 'Hi', refusal: null, [name]: 'so' })
  })

  test('beside an answer of nothing leaves a content of nothing, not null', () => {
    expect(encoded([{ ...thought, text: '' }]).choices[0].message.content).toBe('')
  })
})

describe('tool calls', () => {
  const calls = [
    { id: 'a', name: 'f', json: '{"x": 1}' },
    { id: 'b', name: 'g', json: '{}' },
  ]
  const called: ChatChoice = {
    ...choice,
    text: '',
    toolCalls: calls,
    finish: { reason: 'tool-calls', stopString: null },
  }

  test('are told with their arguments as text, and a content of null where nothing was said', () => {
    const [first] = encoded([called]).choices
    expect(first.finish_reason).toBe('tool_calls')
    expect(first.message).toEqual({
      role: 'assistant',
      content: null,
      refusal: null,
      tool_calls: [
        { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x": 1}' } },
        { id: 'b', type: 'function', function: { name: 'g', arguments: '{}' } },
      ],
    })
  })

  test('stand beside what was said', () => {
    expect(encoded([{ ...called, text: 'Let me see.' }]).choices[0].message.content).toBe('Let me see.')
  })

  test('of a custom tool are told with their input', () => {
    const custom = { ...called, toolCalls: [{ id: 'a', name: 'f', json: '{"input": "x y"}' }, ...calls.slice(1)] }
    expect(encoded([custom], { customTools: new Set(['f']) }).choices[0].message.tool_calls).toEqual([
      { id: 'a', type: 'custom', custom: { name: 'f', input: 'x y' } },
      { id: 'b', type: 'function', function: { name: 'g', arguments: '{}' } },
    ])
  })

  test('of one of the functions are a function_call', () => {
    const [only] = encoded([called], { asFunctions: true }).choices
    expect(only.finish_reason).toBe('function_call')
    expect(only.message).toEqual({
      role: 'assistant',
      content: null,
      refusal: null,
      function_call: { name: 'f', arguments: '{"x": 1}' },
    })
  })

  test('of a named choice end with stop, as OpenAI has it', () => {
    expect(encoded([called], { namedToolChoice: true }).choices[0].finish_reason).toBe('stop')
  })
})

test.each([
  ['stop', 'stop'],
  ['stop-string', 'stop'],
  ['length', 'length'],
  ['tool-calls', 'tool_calls'],
  ['content-filter', 'content_filter'],
] as const)('the finish %s is told as %s', (reason, word) => {
  expect(encoded([{ ...choice, finish: { reason, stopString: null } }]).choices[0].finish_reason).toBe(word)
})

test('several choices keep their places, and log probabilities stand with their own', () => {
  const tokens = [{ token: 'Hi', logprob: -0.5, bytes: [72, 105], top_logprobs: [] }]
  const [first, second] = encoded([choice, { ...choice, index: 1, logprobs: tokens }]).choices
  expect([first.index, first.logprobs]).toEqual([0, null])
  expect([second.index, second.logprobs]).toEqual([1, { content: tokens, refusal: null }])
})
