import { describe, expect, test } from 'vitest'
import { decodeRequest } from '../../../src/dialects/openai-chat/decode-request.ts'
import { failureNow } from '../../chat/failure-of.ts'
import { policy } from '../policy.ts'
import { body, decoded, weather } from './decode.ts'

const everything = {
  model: 'gpt-5',
  messages: [{ role: 'user', content: 'Hi' }],
  max_completion_tokens: 100,
  max_tokens: 200,
  temperature: 0.2,
  top_p: 0.5,
  top_k: 10,
  min_p: 0.1,
  presence_penalty: -2,
  frequency_penalty: 2,
  repetition_penalty: 1.5,
  n: 2,
  seed: -7,
  stop: ['END', '###'],
  logprobs: true,
  top_logprobs: 3,
  stream: true,
  stream_options: { include_usage: true, continuous_usage_stats: true },
  tools: [weather],
  tool_choice: 'required',
  parallel_tool_calls: false,
  response_format: { type: 'text' },
  chat_template_kwargs: { enable_thinking: true },
  enable_thinking: false,
  reasoning_effort: 'none',
  thinking: { type: 'disabled', budget_tokens: 5 },
  include_reasoning: false,
}

test('every field that is accepted arrives under the name that vLLM knows', () => {
  const { request, streamed, echo } = decodeRequest(everything, policy)
  expect(JSON.parse(JSON.stringify(request))).toEqual({
    messages: [{ role: 'user', content: 'Hi' }],
    max_completion_tokens: 100,
    temperature: 0.2,
    top_p: 0.5,
    top_k: 10,
    min_p: 0.1,
    presence_penalty: -2,
    frequency_penalty: 2,
    repetition_penalty: 1.5,
    n: 2,
    seed: -7,
    stop: ['END', '###'],
    logprobs: true,
    top_logprobs: 3,
    tools: [weather],
    tool_choice: 'required',
    parallel_tool_calls: false,
    chat_template_kwargs: { enable_thinking: true },
  })
  expect(streamed).toBe(true)
  expect(echo).toEqual({
    includeUsage: true,
    reasoningFields: 'none',
    namedToolChoice: false,
    customTools: new Set(),
    asFunctions: false,
  })
})

const bare = {
  messages: [{ role: 'user', content: 'Hi' }],
  max_completion_tokens: 1024,
  temperature: 0.7,
  top_p: 0.9,
  top_k: 40,
  chat_template_kwargs: { enable_thinking: false },
}

test('a body with messages alone gets the defaults of the service, and nothing else', () => {
  expect(decoded(body())).toEqual(bare)
  const { streamed, echo } = decodeRequest(body(), policy)
  expect(streamed).toBe(false)
  expect(echo).toEqual({
    includeUsage: false,
    reasoningFields: 'both',
    namedToolChoice: false,
    customTools: new Set(),
    asFunctions: false,
  })
})

test('a field that is null counts as absent', () => {
  const nulls = Object.fromEntries(Object.keys(everything).map((name) => [name, null]))
  expect(decoded({ ...nulls, messages: everything.messages })).toEqual(bare)
  expect(decoded(body({ stream_options: { include_usage: null } }))).toEqual(bare)
  expect(decoded(body({ chat_template_kwargs: { enable_thinking: null } }))).toEqual(bare)
})

describe('the limit of the reply', () => {
  test.each([
    ['is the default of the service where none is asked for', {}, 1024],
    ['is what is asked for', { max_tokens: 5 }, 5],
    ['may be asked for by its newer name', { max_completion_tokens: 6 }, 6],
    ['goes by the newer name where both are there', { max_tokens: 5, max_completion_tokens: 6 }, 6],
    ['goes by the older where the newer is null', { max_tokens: 5, max_completion_tokens: null }, 5],
    ['is lowered to the cap of the service', { max_tokens: 32_000 }, 8192],
  ])('%s', (_what, asked, wanted) => {
    expect(decoded(body(asked)).max_completion_tokens).toBe(wanted)
  })

  test('is lowered to the cap also where it is the default', () => {
    const { request } = decodeRequest(body(), { ...policy, maxTokens: 100 })
    expect(request.max_completion_tokens).toBe(100)
  })
})

describe('a value that does not fit is refused by its name', () => {
  test.each<[string, readonly unknown[], readonly unknown[]]>([
    ['max_tokens', [1, 2 ** 53 - 1], [0, -1, 1.5, '100', 2 ** 53]],
    ['max_completion_tokens', [1], [0, 1.5, true]],
    ['temperature', [0, 2], [-0.1, 2.1, '1']],
    ['top_p', [0.001, 1], [0, 1.1]],
    ['top_k', [-1, 0, 1000], [-2, 1001, 1.5]],
    ['min_p', [0, 1], [-0.1, 1.1]],
    ['presence_penalty', [-2, 2], [-2.1, 2.1]],
    ['frequency_penalty', [-2, 2], [-2.1, 2.1]],
    ['repetition_penalty', [0.1, 2], [0, 2.1]],
    ['n', [1, 4], [0, 5, 16_384, 1.5]],
    ['seed', [-5, 2 ** 53 - 1], [1.5, 2 ** 53, 'x']],
    ['stop', ['a', [], ['a', 'b', 'c', 'd']], ['', ['a', 'b', 'c', 'd', 'e'], 'x'.repeat(65), 5]],
    ['logprobs', [true, false], [1, 'true']],
    ['stream', [true, false], [1, 'true']],
    ['parallel_tool_calls', [true], ['yes']],
    ['reasoning_effort', ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'], ['extreme', 5]],
    ['enable_thinking', [true], ['yes', 1]],
    ['include_reasoning', [true], ['yes']],
    ['thinking', [{ type: 'adaptive' }], ['enabled', true]],
    ['model', ['any text', ''], [5, 'x'.repeat(257)]],
  ])('%s', (name, fitting, misfitting) => {
    for (const value of fitting) expect(() => decoded(body({ [name]: value }))).not.toThrow()
    for (const value of misfitting) {
      const failure = failureNow(() => decoded(body({ [name]: value })))
      expect(failure.kind, JSON.stringify(value)).toBe('invalid-request')
      expect(failure.field).toMatch(new RegExp(`^${name}\\b`))
    }
  })

  test('also where the template is given more than its one switch', () => {
    const failure = failureNow(() => decoded(body({ chat_template_kwargs: { enable_thinking: true, secret: 1 } })))
    expect(failure).toMatchObject({ kind: 'invalid-request', field: 'chat_template_kwargs' })
    expect(failure.message).not.toContain('secret')
  })
})

describe('what does not go together is refused', () => {
  test('several choices at temperature 0, asked for or by default', () => {
    // vLLM takes the likeliest token below 0.00001 too.
    for (const temperature of [0, 1e-6]) expect(failureNow(() => decoded(body({ n: 2, temperature }))).field).toBe('n')
    const cold = { ...policy, defaults: { ...policy.defaults, temperature: 0 } }
    expect(failureNow(() => decodeRequest(body({ n: 2 }), cold)).field).toBe('n')
    expect(() => decoded(body({ n: 1, temperature: 0 }))).not.toThrow()
    expect(() => decoded(body({ n: 2, temperature: 0.01 }))).not.toThrow()
  })

  test('top_logprobs without logprobs', () => {
    for (const logprobs of [undefined, null, false]) {
      expect(failureNow(() => decoded(body({ logprobs, top_logprobs: 2 }))).field).toBe('top_logprobs')
    }
    expect(decoded(body({ top_logprobs: 0 }))).toEqual(bare)
    expect(failureNow(() => decoded(body({ logprobs: true, top_logprobs: 21 }))).field).toBe('top_logprobs')
  })
})

test('a stop string alone becomes a list of one', () => {
  expect(decoded(body({ stop: 'END' })).stop).toEqual(['END'])
})
