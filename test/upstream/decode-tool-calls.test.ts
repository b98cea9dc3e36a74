import { describe, expect, test } from 'vitest'
import type { ChatEvent } from '../../src/chat/chat-event.ts'
import { failureNow } from '../chat/failure-of.ts'
import { callChunk, callPiece, chunk, decodeAll, decodeMiddle, ending, opening } from './vllm-chunks.ts'

function call(index: number, name: string, ...pieces: string[]): ChatEvent[] {
  return [
    { type: 'tool-call-start', choice: 0, index, id: `call_${index}`, name },
    ...pieces.map((json): ChatEvent => ({ type: 'tool-call-delta', choice: 0, index, json })),
    { type: 'tool-call-end', choice: 0, index, complete: true },
  ]
}

const called: ChatEvent = { type: 'finish', choice: 0, reason: 'tool-calls', stopString: null }
const end = ending('tool_calls', 50)

function decode(frames: readonly string[], options = {}): ChatEvent[] {
  return decodeMiddle([opening(), ...frames, end], options)
}

describe('a tool call', () => {
  test('whose first delta has no arguments is told piece by piece', () => {
    const frames = [
      callChunk(0, { name: 'f' }),
      callChunk(0, { json: '{"city": "Par' }),
      callChunk(0, { json: 'is"}' }),
    ]
    expect(decode(frames)).toEqual([...call(0, 'f', '{"city": "Par', 'is"}'), called])
  })

  test('that comes merged into one delta is told whole', () => {
    expect(decode([callChunk(0, { name: 'f', json: '{"a":1}' })])).toEqual([...call(0, 'f', '{"a":1}'), called])
  })

  test('whose later deltas have nulls for id, type and name goes on', () => {
    const nulls = { id: null, type: null, index: 0, function: { name: null, arguments: '{}' } }
    const frames = [callChunk(0, { name: 'f' }), chunk({ tool_calls: [nulls] })]
    expect(decode(frames)).toEqual([...call(0, 'f', '{}'), called])
  })

  test('whose later deltas repeat its name goes on', () => {
    const frames = [callChunk(0, { name: 'f', json: '{' }), callChunk(0, { name: 'f', json: '}' })]
    expect(decode(frames)).toEqual([...call(0, 'f', '{', '}'), called])
  })

  test.each([[{}], [{ json: '' }], [{ json: '  ' }]])('without arguments has those of nothing: %j', (given) => {
    const events = decode([callChunk(0, { name: 'now', ...given })])
    const json = events.map((event) => (event.type === 'tool-call-delta' ? event.json : '')).join('')
    expect(JSON.parse(json)).toEqual({})
    expect(events).toContainEqual({ type: 'tool-call-end', choice: 0, index: 0, complete: true })
    expect(events.at(-1)).toEqual(called)
  })

  test('that was cut is told as far as it came, and as incomplete', () => {
    const events = decode([callChunk(0, { name: 'f', json: '{"a": "b' })])
    expect(events).toContainEqual({ type: 'tool-call-delta', choice: 0, index: 0, json: '{"a": "b' })
    expect(events).toContainEqual({ type: 'tool-call-end', choice: 0, index: 0, complete: false })
  })

  test('whose last piece comes with the finish loses nothing', () => {
    const last = chunk(
      { tool_calls: [callPiece(0, { json: ':1}' })] },
      { finish_reason: 'tool_calls', stop_reason: 50 },
    )
    const events = decodeMiddle([callChunk(0, { name: 'f', json: '{"a"' }), last])
    expect(events).toEqual([...call(0, 'f', '{"a"', ':1}'), called])
  })

  test('without an id gets one that is its own in the reply', () => {
    const bare = { index: 0, function: { name: 'f', arguments: '{}' } }
    const [start] = decode([chunk({ tool_calls: [bare] })])
    expect(start).toMatchObject({ type: 'tool-call-start', id: 'call_0_0' })
  })

  test('keeps an id that does not begin as vLLM’s do, because a model’s template may look into it', () => {
    const kimi = { index: 0, id: 'functions.f:0', function: { name: 'f', arguments: '{}' } }
    const [start] = decode([chunk({ tool_calls: [kimi] })])
    expect(start).toMatchObject({ type: 'tool-call-start', id: 'functions.f:0' })
  })

  test('closes the text before it, and text after it opens anew', () => {
    const frames = [chunk({ content: 'a' }), callChunk(0, { name: 'f', json: '{}' }), chunk({ content: 'b' })]
    expect(decode(frames).map(({ type }) => type)).toEqual([
      ...['text-start', 'text-delta', 'text-end'],
      ...['tool-call-start', 'tool-call-delta', 'tool-call-end'],
      ...['text-start', 'text-delta', 'text-end', 'finish'],
    ])
  })
})

describe('parallel tool calls', () => {
  const two = [
    callChunk(0, { name: 'f' }),
    callChunk(0, { json: '{}' }),
    callChunk(1, { name: 'g' }),
    callChunk(1, { json: '{"a":1}' }),
  ]

  test('are told one after the other, by their numbers', () => {
    expect(decode(two)).toEqual([...call(0, 'f', '{}'), ...call(1, 'g', '{"a":1}'), called])
  })

  test('in one delta with reasoning and text are told after them, in order', () => {
    const mixed = chunk({
      tool_calls: [callPiece(0, { name: 'f', json: '{}' }), callPiece(1, { name: 'g', json: '{"a":1}' })],
      content: 'Hi',
      reasoning: 'so',
    })
    expect(decode([mixed])).toEqual([
      { type: 'reasoning-start', choice: 0 },
      { type: 'reasoning-delta', choice: 0, text: 'so' },
      { type: 'reasoning-end', choice: 0 },
      { type: 'text-start', choice: 0 },
      { type: 'text-delta', choice: 0, text: 'Hi' },
      { type: 'text-end', choice: 0 },
      ...call(0, 'f', '{}'),
      ...call(1, 'g', '{"a":1}'),
      called,
    ])
  })

  test('of a whole message, which has no numbers, are counted by their places', () => {
    const tool_calls = ['f', 'g'].map((name, index) => ({
      id: `chatcmpl-tool-${index}`,
      type: 'function',
      function: { name, arguments: '{}' },
    }))
    const message = { role: 'assistant', content: null, refusal: null, reasoning: null, tool_calls }
    const whole = JSON.stringify({ created: 1, choices: [{ index: 0, message, finish_reason: 'tool_calls' }] })
    expect(decodeMiddle([whole])).toEqual([...call(0, 'f', '{}'), ...call(1, 'g', '{}'), called])
  })

  test('are cut to the first where one at a time was asked for', () => {
    expect(decode(two, { firstCallOnly: true })).toEqual([...call(0, 'f', '{}'), called])
  })
})

describe('a piece of a tool call that cannot be placed is a failure:', () => {
  test.each<[string, readonly string[]]>([
    ['arguments before any name', [callChunk(0, { json: '{}' })]],
    ['a number that skips one', [callChunk(1, { name: 'f' })]],
    [
      'arguments of a call that is closed',
      [callChunk(0, { name: 'f', json: '{' }), callChunk(1, { name: 'g', json: '{}' }), callChunk(0, { json: '}' })],
    ],
    ['a name that is empty', [callChunk(0, { name: '', json: '{}' })]],
  ])('%s', (_name, frames) => {
    expect(failureNow(() => decodeAll([opening(), ...frames, end])).kind).toBe('upstream-failed')
  })
})
