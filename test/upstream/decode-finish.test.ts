import { describe, expect, test } from 'vitest'
import { failureNow } from '../chat/failure-of.ts'
import { callChunk, chunk, decodeAll, decodeMiddle, ending, opening } from './vllm-chunks.ts'

function finishOf(frames: readonly string[]): unknown {
  return decodeMiddle(frames).find(({ type }) => type === 'finish')
}

const call = callChunk(0, { name: 'f', json: '{"a": 1}' })

test.each<[string, readonly string[], object]>([
  ['stop by a token', [ending('stop', 106)], { reason: 'stop', stopString: null }],
  ['stop by nothing', [ending('stop', null)], { reason: 'stop', stopString: null }],
  ['stop by a string', [ending('stop', 'END')], { reason: 'stop-string', stopString: 'END' }],
  ['length', [ending('length', null)], { reason: 'length', stopString: null }],
  ['content_filter', [ending('content_filter', null)], { reason: 'content-filter', stopString: null }],
  ['tool_calls without calls', [ending('tool_calls', 50)], { reason: 'stop', stopString: null }],
  ['tool_calls with one', [call, ending('tool_calls', 50)], { reason: 'tool-calls', stopString: null }],
  ['stop with a call, as of a named choice', [call, ending('stop', 50)], { reason: 'tool-calls', stopString: null }],
  ['length after a call that is whole', [call, ending('length', null)], { reason: 'tool-calls', stopString: null }],
  [
    'tool_calls with arguments that were cut',
    [callChunk(0, { name: 'f' }), callChunk(0, { json: '{"a": "Par' }), ending('tool_calls', null)],
    { reason: 'length', stopString: null },
  ],
  [
    'tool_calls with the last of two calls cut',
    [call, callChunk(1, { name: 'g', json: '{"b"' }), ending('tool_calls', null)],
    { reason: 'length', stopString: null },
  ],
  [
    'tool_calls with arguments that are no object',
    [callChunk(0, { name: 'f', json: '[1]' }), ending('tool_calls', null)],
    { reason: 'length', stopString: null },
  ],
])('%s ends a choice as it really ended', (_name, frames, wanted) => {
  expect(finishOf([opening(), ...frames])).toEqual({ type: 'finish', choice: 0, ...wanted })
})

describe('an answer that the engine gave up', () => {
  test.each(['abort', 'repetition', 'error', 'something new'])('with %s is a failure', (reason) => {
    for (const before of [[chunk({ content: 'Hi' })], [call]]) {
      expect(failureNow(() => decodeAll([opening(), ...before, ending(reason, null)])).kind).toBe('upstream-failed')
    }
  })
})

describe('an error inside a 200', () => {
  const envelope = (message: string, code: unknown, param: string | null = null) =>
    JSON.stringify({ error: { message, type: 'BadRequestError', param, code } })

  test.each([
    ['about logprobs', envelope('Requested sample logprobs of 30', 400, 'logprobs'), 'unsupported-field'],
    ['of the engine', envelope('Internal server error', 500), 'upstream-failed'],
    [
      'about the context',
      envelope("Input length (9) exceeds model's maximum context length (8).", 400),
      'context-overflow',
    ],
    ['with its code as text', envelope('busy', '503'), 'overloaded'],
    ['that is only a text', JSON.stringify({ error: 'Unauthorized' }), 'upstream-failed'],
    ['that says nothing', JSON.stringify({ error: {} }), 'upstream-failed'],
  ])('%s is a failure, also after events', (_name, frame, kind) => {
    expect(failureNow(() => decodeAll([frame])).kind).toBe(kind)
    expect(failureNow(() => decodeAll([opening(), chunk({ content: 'Hi' }), frame])).kind).toBe(kind)
  })

  test('that is null is none', () => {
    const frame = JSON.stringify({ error: null, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })
    expect(decodeMiddle([frame])).toHaveLength(1)
  })
})
