import { describe, expect, test } from 'vitest'
import type { ChatEvent } from '../../../src/chat/chat-event.ts'
import { GatewayError } from '../../../src/chat/gateway-error.ts'
import { openStream } from '../../../src/dialects/anthropic-messages/encode-events.ts'
import { createToolNames } from '../../../src/dialects/tool-names.ts'
import { caller, seal } from '../answering.ts'
import { answer, readFrames, type Told } from './answer.ts'

const start: ChatEvent = { type: 'start', created: 1, promptTokens: 10, cachedTokens: 4 }
const usage: ChatEvent = {
  type: 'usage',
  usage: { promptTokens: 10, cachedTokens: 4, completionTokens: 7, reasoningTokens: 2 },
}

function finish(reason: Extract<ChatEvent, { type: 'finish' }>['reason'], stopString: string | null = null): ChatEvent {
  return { type: 'finish', choice: 0, reason, stopString }
}

function said(kind: 'text' | 'reasoning', ...pieces: string[]): ChatEvent[] {
  const deltas = pieces.map((text): ChatEvent => ({ type: `${kind}-delta`, choice: 0, text }))
  return [{ type: `${kind}-start`, choice: 0 }, ...deltas, { type: `${kind}-end`, choice: 0 }]
}

function called(index: number, name: string, pieces: string[], complete = true): ChatEvent[] {
  return [
    { type: 'tool-call-start', choice: 0, index, id: 'chatcmpl-tool-1', name },
    ...pieces.map((json): ChatEvent => ({ type: 'tool-call-delta', choice: 0, index, json })),
    { type: 'tool-call-end', choice: 0, index, complete },
  ]
}

function tell(events: readonly ChatEvent[], told = answer()): Told[] {
  const encoder = openStream(told)
  return readFrames(events.map((event) => encoder.encode(event)).join('') + encoder.end())
}

function lastDelta(...events: ChatEvent[]): Told {
  return tell(events).find(({ type }) => type === 'message_delta')
}

test('a stream of everything is told frame by frame as Anthropic does', () => {
  const events = [
    start,
    ...said('reasoning', 'th'),
    ...said('text', 'a', 'b'),
    ...called(0, 'f', ['{"x":', '1}']),
    finish('tool-calls'),
    usage,
  ]
  const frames = tell(events)
  const signature = frames.find(({ delta }) => delta?.type === 'signature_delta')?.delta.signature
  expect(seal.open(signature, caller.keyId)).toBe('')
  const before = {
    input_tokens: 6,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 4,
  }
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { ...before, output_tokens: 0 },
  }
  const delta = (index: number, fields: object) => ({ type: 'content_block_delta', index, delta: fields })
  expect(frames).toEqual([
    { type: 'message_start', message },
    { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
    delta(0, { type: 'thinking_delta', thinking: 'th' }),
    delta(0, { type: 'signature_delta', signature }),
    { type: 'content_block_stop', index: 0 },
    { type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } },
    delta(1, { type: 'text_delta', text: 'a' }),
    delta(1, { type: 'text_delta', text: 'b' }),
    { type: 'content_block_stop', index: 1 },
    {
      type: 'content_block_start',
      index: 2,
      content_block: { type: 'tool_use', id: 'toolu_1_0', name: 'f', input: {} },
    },
    delta(2, { type: 'input_json_delta', partial_json: '{' }),
    delta(2, { type: 'input_json_delta', partial_json: '"x":1}' }),
    { type: 'content_block_stop', index: 2 },
    {
      type: 'message_delta',
      delta: { stop_reason: 'tool_use', stop_sequence: null },
      usage: { ...before, output_tokens: 7, output_tokens_details: { thinking_tokens: 2 } },
    },
    { type: 'message_stop' },
  ])
})

describe('a block', () => {
  test('that says nothing is not told', () => {
    const types = tell([start, ...said('text'), ...said('text', ''), ...said('reasoning', ''), finish('stop'), usage])
    expect(types.map(({ type }) => type)).toEqual(['message_start', 'message_delta', 'message_stop'])
  })

  test('of hidden thinking has it in its signature alone', () => {
    const frames = tell(
      [start, ...said('reasoning', 'th', 'ink'), finish('stop'), usage],
      answer({ showsThinking: false }),
    )
    const deltas = frames.filter(({ type }) => type === 'content_block_delta')
    expect(deltas).toHaveLength(1)
    expect(seal.open(deltas[0].delta.signature, caller.keyId)).toBe('think')
  })

  test('of a call has at least an empty object', () => {
    for (const pieces of [[], ['{}']]) {
      const frames = tell([start, ...called(0, 'f', pieces), finish('tool-calls'), usage])
      const json = frames.map(({ delta }) => delta?.partial_json ?? '').join('')
      expect(json).toBe('{}')
    }
  })

  test.for([
    ['{"path":"/tmp/x","', { path: '/tmp/x' }],
    ['{"path":"/tmp/x","mod', { path: '/tmp/x' }],
    ['{"path":', {}],
  ] as const)('of a call that was cut has no half member: %s', ([json, input]) => {
    const frames = tell([start, ...called(0, 'f', [json], false), finish('length'), usage])
    expect(JSON.parse(frames.map(({ delta }) => delta?.partial_json ?? '').join(''))).toEqual(input)
  })

  test('of a call that was cut is completed, and the message says that it was cut', () => {
    const frames = tell([start, ...called(0, 'f', ['{"path": "/a', '\\'], false), finish('length'), usage])
    const json = frames.map(({ delta }) => delta?.partial_json ?? '').join('')
    expect(JSON.parse(json)).toEqual({ path: '/a\\' })
    expect(frames.at(-2).delta.stop_reason).toBe('max_tokens')
  })

  test('of a call bears the caller’s own name for the tool, and an id of its own', () => {
    const toolNames = createToolNames()
    const spelt = toolNames.toModel('mcp.do it')
    const frames = tell(
      [start, ...called(0, spelt, []), ...called(1, 'f', []), finish('tool-calls'), usage],
      answer({ toolNames }),
    )
    const blocks = frames.flatMap(({ content_block: block }) => block ?? [])
    expect(blocks.map(({ id, name }) => [id, name])).toEqual([
      ['toolu_1_0', 'mcp.do it'],
      ['toolu_1_1', 'f'],
    ])
  })
})

describe('the end', () => {
  test.for([
    [finish('stop'), 'end_turn', null],
    [finish('stop-string', 'END'), 'stop_sequence', 'END'],
    [finish('tool-calls'), 'tool_use', null],
    [finish('content-filter'), 'refusal', null],
  ] as const)('%o is told as %s', ([ending, stop_reason, stop_sequence]) => {
    expect(lastDelta(start, ending, usage).delta).toEqual({ stop_reason, stop_sequence })
  })

  test('by length tells whether the tokens were used up or the context window was', () => {
    const reason = (maxTokens: number) =>
      tell([start, finish('length'), usage], answer({ maxTokens })).at(-2).delta.stop_reason
    expect(reason(7)).toBe('max_tokens')
    expect(reason(8)).toBe('model_context_window_exceeded')
  })
})

test('a message starts once, with numbers also where the model server told none', () => {
  const frames = tell([{ type: 'start', created: 1 }, start, finish('stop'), usage])
  expect(frames.filter(({ type }) => type === 'message_start')).toMatchObject([
    { message: { usage: { input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 0 } } },
  ])
})

test('a silence is told as a ping', () => {
  expect(openStream(answer()).keepAlive()).toBe('event: ping\ndata: {"type":"ping"}\n\n')
})

test('a failure is the last that is told, with the request’s id', () => {
  const failure = new GatewayError('upstream-failed', 'It broke.')
  expect(readFrames(openStream(answer()).fail(failure))).toEqual([
    { type: 'error', error: { type: 'api_error', message: 'It broke.' }, request_id: 'req_1' },
  ])
})
