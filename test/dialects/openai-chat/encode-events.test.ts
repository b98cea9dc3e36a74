import { describe, expect, test } from 'vitest'
import type { ChatEvent } from '../../../src/chat/chat-event.ts'
import { GatewayError } from '../../../src/chat/gateway-error.ts'
import type { ChatEcho } from '../../../src/dialects/openai-chat/decode-request.ts'
import { openStream } from '../../../src/dialects/openai-chat/encode-events.ts'
import { createSseReader } from '../../../src/wire/read-sse.ts'
import { answer } from './answer.ts'

const start: ChatEvent = { type: 'start', created: 1 }
const stop: ChatEvent = { type: 'finish', choice: 0, reason: 'stop', stopString: null }
const usage: ChatEvent = {
  type: 'usage',
  usage: { promptTokens: 3, cachedTokens: 0, completionTokens: 2, reasoningTokens: 1 },
}

function delta(text: string, choice = 0): ChatEvent {
  return { type: 'text-delta', choice, text }
}

function thinks(text: string): ChatEvent {
  return { type: 'reasoning-delta', choice: 0, text }
}

function logprobs(...tokens: string[]): ChatEvent {
  const known = tokens.map((token) => ({ token, logprob: -1, bytes: null, top_logprobs: [] }))
  return { type: 'logprobs', choice: 0, tokens: known }
}

function framesOf(events: readonly ChatEvent[], echo: Partial<ChatEcho> = {}): string {
  const encoder = openStream(answer(echo))
  return events.map((event) => encoder.encode(event)).join('') + encoder.end()
}

// A test looks into chunks of every shape; a wrong guess fails its expectation.
// biome-ignore lint/suspicious/noExplicitAny: see above
type Chunk = any

function chunksOf(events: readonly ChatEvent[], echo: Partial<ChatEcho> = {}): Chunk[] {
  const frames = createSseReader(100_000).read(Buffer.from(framesOf(events, echo)))
  expect(frames.pop()).toBe('[DONE]')
  return frames.map((frame) => JSON.parse(frame))
}

function deltasOf(events: readonly ChatEvent[], echo: Partial<ChatEcho> = {}): Chunk[] {
  return chunksOf(events, echo).flatMap(({ choices }) => choices.map((choice: Chunk) => choice.delta))
}

const head = '{"id":"chatcmpl-req1","object":"chat.completion.chunk","created":1,"model":"gpt-5"'

function golden(...choices: string[]): string {
  return choices.map((choice) => `data: ${head},"choices":[${choice}]}\n\n`).join('')
}

test('a stream is these frames, byte by byte', () => {
  const events: ChatEvent[] = [
    start,
    { type: 'reasoning-start', choice: 0 },
    thinks('th'),
    { type: 'reasoning-end', choice: 0 },
    { type: 'text-start', choice: 0 },
    delta('a "b"\n'),
    { type: 'text-end', choice: 0 },
    { type: 'tool-call-start', choice: 0, index: 0, id: 'call_1', name: 'f' },
    { type: 'tool-call-delta', choice: 0, index: 0, json: '{"x":1}' },
    { type: 'tool-call-end', choice: 0, index: 0, complete: true },
    { type: 'finish', choice: 0, reason: 'tool-calls', stopString: null },
    usage,
  ]
  const between = '"logprobs":null,"finish_reason":null}'
  expect(framesOf(events)).toBe(
    `${golden(
      `{"index":0,"delta":{"role":"assistant","content":"","refusal":null},${between}`,
      `{"index":0,"delta":{"reasoning":"th","reasoning_content":"th"},${between}`,
      `{"index":0,"delta":{"content":"a \\"b\\"\\n"},${between}`,
      `{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"f","arguments":""}}]},${between}`,
      `{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\\"x\\":1}"}}]},${between}`,
      '{"index":0,"delta":{},"logprobs":null,"finish_reason":"tool_calls"}',
    )}data: [DONE]\n\n`,
  )
})

describe('usage', () => {
  const events = [start, delta('a'), stop, usage]

  test('is told once, last, without choices, and as null before, where it was asked for', () => {
    const chunks = chunksOf(events, { includeUsage: true })
    const last = chunks.pop()
    expect(last).toMatchObject({
      id: 'chatcmpl-req1',
      choices: [],
      usage: {
        prompt_tokens: 3,
        completion_tokens: 2,
        total_tokens: 5,
        prompt_tokens_details: { cached_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 1 },
      },
    })
    expect(chunks.map((chunk) => chunk.usage)).toEqual(chunks.map(() => null))
  })

  test('is not so much as named where it was not', () => {
    expect(framesOf(events)).not.toContain('usage')
  })
})

describe('the first delta of a choice', () => {
  test('gives its role, at once for the first choice, and for others when they speak', () => {
    const deltas = chunksOf([start, delta('b', 1), delta('a', 0), delta('c', 1)]).map(({ choices: [only] }) => [
      only.index,
      only.delta.role ?? only.delta.content,
    ])
    expect(deltas).toEqual([
      [0, 'assistant'],
      [1, 'assistant'],
      [1, 'b'],
      [0, 'a'],
      [1, 'c'],
    ])
  })

  test('comes even for a choice that only ends', () => {
    const [, role, end] = chunksOf([start, { ...stop, choice: 1 }])
    expect([role.choices[0].delta.role, end.choices[0].finish_reason]).toEqual(['assistant', 'stop'])
  })
})

test('every choice has one finish of its own', () => {
  const finishes = chunksOf([start, delta('a'), delta('b', 1), { ...stop, choice: 1 }, stop])
    .map(({ choices: [only] }) => only)
    .filter(({ finish_reason: reason }) => reason !== null)
  expect(finishes.map(({ index }) => index)).toEqual([1, 0])
})

describe('a call', () => {
  const call: ChatEvent[] = [
    { type: 'tool-call-start', choice: 0, index: 0, id: 'call_1', name: 'f' },
    { type: 'tool-call-delta', choice: 0, index: 0, json: '{"input":' },
    { type: 'tool-call-delta', choice: 0, index: 0, json: '"a b"}' },
    { type: 'tool-call-end', choice: 0, index: 0, complete: true },
  ]
  const ended: ChatEvent = { type: 'finish', choice: 0, reason: 'tool-calls', stopString: null }

  test('of a custom tool tells its input when it is whole', () => {
    const [, ...deltas] = deltasOf([start, ...call, ended], { customTools: new Set(['f']) })
    expect(deltas).toEqual([
      { tool_calls: [{ index: 0, id: 'call_1', type: 'custom', custom: { name: 'f', input: '' } }] },
      { tool_calls: [{ index: 0, custom: { input: 'a b' } }] },
      {},
    ])
  })

  test('of a function beside custom tools is told as ever', () => {
    const events = [start, ...call, ended]
    expect(framesOf(events, { customTools: new Set(['g']) })).toBe(framesOf(events))
  })

  test('of one of the functions is a function_call, and ends with that', () => {
    const events = [start, ...call, ended]
    const [, ...deltas] = deltasOf(events, { asFunctions: true })
    expect(deltas).toEqual([
      { function_call: { name: 'f', arguments: '' } },
      { function_call: { arguments: '{"input":' } },
      { function_call: { arguments: '"a b"}' } },
      {},
    ])
    const finishOf = (echo: Partial<ChatEcho>) => chunksOf(events, echo).at(-1)?.choices[0].finish_reason
    expect(finishOf({ asFunctions: true })).toBe('function_call')
    expect(finishOf({ asFunctions: true, namedToolChoice: true })).toBe('stop')
  })
})

test('reasoning is left out where the caller does not want it', () => {
  expect(deltasOf([start, thinks('secret'), delta('a'), stop], { reasoningFields: 'none' })).toEqual([
    { role: 'assistant', content: '', refusal: null },
    { content: 'a' },
    {},
  ])
})

test.for([
  ['both', { reasoning: 'so "so"', reasoning_content: 'so "so"' }],
  ['reasoning', { reasoning: 'so "so"' }],
  ['reasoning_content', { reasoning_content: 'so "so"' }],
] as const)('reasoning is told as %s', ([reasoningFields, delta]) => {
  expect(deltasOf([start, thinks('so "so"'), stop], { reasoningFields })[1]).toEqual(delta)
})

test('a call of a named choice ends with stop, as OpenAI has it', () => {
  const events: ChatEvent[] = [start, { type: 'finish', choice: 0, reason: 'tool-calls', stopString: null }]
  expect(chunksOf(events, { namedToolChoice: true }).at(-1)?.choices[0].finish_reason).toBe('stop')
})

describe('log probabilities', () => {
  function tokensByDelta(events: readonly ChatEvent[], echo: Partial<ChatEcho> = {}): unknown[] {
    return chunksOf(events, echo).map(({ choices: [only] }) =>
      only.logprobs?.content.map(({ token }: { token: string }) => token),
    )
  }

  test('stand in the delta that they come before', () => {
    const events = [start, logprobs('a'), delta('a'), logprobs('b', 'c'), delta('bc'), stop]
    expect(tokensByDelta(events)).toEqual([undefined, ['a'], ['b', 'c'], undefined])
  })

  test('of tokens without a delta of their own are not lost', () => {
    expect(tokensByDelta([start, logprobs('a'), logprobs('b'), delta('b'), logprobs('c'), stop])).toEqual([
      undefined,
      ['a', 'b'],
      ['c'],
    ])
  })

  test('do not open the stream, nor wait for another choice', () => {
    const encoder = openStream(answer())
    encoder.encode(start)
    expect(encoder.encode(logprobs('a'))).toBe('')
    expect(encoder.encode({ type: 'text-delta', choice: 1, text: 'x' })).not.toContain('"token"')
    expect(encoder.encode(delta('a'))).toContain('"token":"a"')
  })
})

test('a failure is an error chunk without choices, and the end of the stream', () => {
  const encoder = openStream(answer())
  const failure = new GatewayError('upstream-failed', 'The model server failed.', { cause: new Error('secret') })
  expect(encoder.fail(failure)).toBe(
    'data: {"error":{"message":"The model server failed.","type":"server_error","param":null,"code":"upstream_failed"}}\n\ndata: [DONE]\n\n',
  )
})

test('a keep-alive is a comment, and may come before anything else', () => {
  expect(openStream(answer()).keepAlive()).toBe(': keep-alive\n\n')
})
