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

describe('a call that ends a choice', () => {
  const tokensMax = 7
  const reasons = { cut: 'length', whole: 'tool-calls', malformed: 'tool-calls' } as const

  /** What becomes of a call with such arguments, and what is told of them. */
  function told(json: string, end: { reason?: string; stop?: string; written?: number }) {
    const usage = { prompt_tokens: 9, completion_tokens: end.written, total_tokens: 9 + (end.written ?? 0) }
    const counted = end.written === undefined ? {} : { usage }
    const last = chunk({}, { finish_reason: end.reason ?? 'tool_calls', stop_reason: end.stop ?? null, ...counted })
    const events = decodeMiddle([opening(), callChunk(0, { name: 'f', json }), last], { tokensMax })
    const pieces = events.flatMap((event) => (event.type === 'tool-call-delta' ? event.json : []))
    const [complete] = events.flatMap((event) => (event.type === 'tool-call-end' ? event.complete : []))
    const [reason] = events.flatMap((event) => (event.type === 'finish' ? event.reason : []))
    return { json: pieces.join(''), complete, reason }
  }

  test.each([
    ['that its length ended', { reason: 'length' }, 'cut'],
    ['that its length ended, whatever was counted', { reason: 'length', written: 3 }, 'cut'],
    ['that a stop string ended', { reason: 'stop', stop: 'END', written: 3 }, 'cut'],
    ['with all tokens written', { written: 7 }, 'cut'],
    ['with tokens left', { written: 6 }, 'whole'],
    ['of a server that does not count', {}, 'whole'],
    ['of a server that counts nothing', { written: 0 }, 'whole'],
  ] as const)('%s and without arguments (%o) is %s', (_name, end, wanted) => {
    const complete = wanted === 'whole'
    expect(told('', end)).toEqual({ json: complete ? '{}' : '', complete, reason: reasons[wanted] })
  })

  test.each([
    ['that its length ended', { reason: 'length' }, 'cut'],
    ['that a stop string ended', { reason: 'stop', stop: 'END', written: 3 }, 'cut'],
    ['with all tokens written', { written: 7 }, 'cut'],
    ['with tokens left', { written: 6 }, 'malformed'],
    ['of a server that does not count', {}, 'cut'],
    ['of a server that counts nothing', { written: 0 }, 'cut'],
  ] as const)('%s and with arguments that do not parse (%o) is %s', (_name, end, wanted) => {
    for (const json of ['{"a', '{a:1}', '[1]'])
      expect(told(json, end)).toEqual({ json, complete: false, reason: reasons[wanted] })
  })

  test('is malformed where the model went on after it, whatever the length', () => {
    const malformed = callChunk(0, { name: 'f', json: '{a:1}' })
    for (const after of [callChunk(1, { name: 'g', json: '{}' }), chunk({ content: 'Done.' })])
      expect(finishOf([opening(), malformed, after, ending('length', null)])).toMatchObject({ reason: 'tool-calls' })
  })

  test('is whole without arguments where a call that is left out comes after it', () => {
    const frames = [callChunk(0, { name: 'f' }), callChunk(1, { name: 'g', json: '{"a' }), ending('length', null)]
    const events = decodeMiddle([opening(), ...frames], { firstCallOnly: true })
    expect(events.slice(-3)).toMatchObject([{ json: '{}' }, { complete: true }, { reason: 'tool-calls' }])
  })

  test.each([
    ['none was cut where all together wrote less than one may', 6, 'stop', ['tool-calls', 'tool-calls']],
    ['all were cut where they wrote all that they may', 14, 'stop', ['length', 'length']],
    ['nobody knows in between, and they count as cut', 10, 'stop', ['length', 'length']],
    ['what one had that its length cut was not the other’s', 10, 'length', ['length', 'tool-calls']],
  ] as const)('of several choices of a whole answer: %s', (_name, completion_tokens, reason, wanted) => {
    const message = { content: null, tool_calls: [{ function: { name: 'f', arguments: '{"a' } }] }
    const choices = [reason, 'tool_calls'].map((finish_reason, index) => ({ index, message, finish_reason }))
    const whole = JSON.stringify({ created: 1, choices, usage: { prompt_tokens: 9, completion_tokens } })
    const events = decodeMiddle([whole], { choices: 2, tokensMax })
    expect(events.flatMap((event) => (event.type === 'finish' ? event.reason : []))).toEqual(wanted)
  })
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
