import { describe, expect, test } from 'vitest'
import type { ChatEvent } from '../../../src/chat/chat-event.ts'
import { GatewayError } from '../../../src/chat/gateway-error.ts'
import type { GeminiEcho } from '../../../src/dialects/gemini/decode-request.ts'
import { openStream } from '../../../src/dialects/gemini/encode-events.ts'
import { createSseReader } from '../../../src/wire/read-sse.ts'
import { caller, seal } from '../answering.ts'
import { proportionateMs, timeTaken } from '../time-taken.ts'
import { answer, type Told } from './answer.ts'

const start: ChatEvent = { type: 'start', created: 1, promptTokens: 9 }
const stop: ChatEvent = { type: 'finish', choice: 0, reason: 'stop', stopString: null }
const usage: ChatEvent = {
  type: 'usage',
  usage: { promptTokens: 9, cachedTokens: 4, completionTokens: 8, reasoningTokens: 3 },
}

function says(text: string, choice = 0): ChatEvent {
  return { type: 'text-delta', choice, text }
}

function thinks(text: string): ChatEvent {
  return { type: 'reasoning-delta', choice: 0, text }
}

function calls(index: number, name: string, pieces: readonly string[], complete = true): ChatEvent[] {
  return [
    { type: 'tool-call-start', choice: 0, index, id: `c${index}`, name },
    ...pieces.map((json): ChatEvent => ({ type: 'tool-call-delta', choice: 0, index, json })),
    { type: 'tool-call-end', choice: 0, index, complete },
  ]
}

function logprobs(...values: number[]): ChatEvent {
  const tokens = values.map((logprob) => ({ token: 't', logprob, bytes: null, top_logprobs: [] }))
  return { type: 'logprobs', choice: 0, tokens }
}

const array = { framing: 'json-array', endsWithDone: false, breaksOffOnFailure: false } as const

function streamOf(events: readonly ChatEvent[], echo: Partial<GeminiEcho> = {}): string {
  const encoder = openStream(answer(echo))
  return events.map((event) => encoder.encode(event)).join('') + encoder.end()
}

function objectsOf(events: readonly ChatEvent[], echo: Partial<GeminiEcho> = {}): Told[] {
  const frames = createSseReader(100_000).read(Buffer.from(streamOf(events, echo)))
  return frames.map((frame) => JSON.parse(frame))
}

function partsOf(events: readonly ChatEvent[], echo: Partial<GeminiEcho> = {}): Told[] {
  return objectsOf(events, echo).flatMap(({ candidates = [] }) =>
    candidates.flatMap(({ content }: Told) => content.parts),
  )
}

const tail = '"usageMetadata":{"promptTokenCount":9,"totalTokenCount":9},"modelVersion":"gemini-3","responseId":"req1"}'
const lastTail =
  '"usageMetadata":{"promptTokenCount":9,"cachedContentTokenCount":4,"candidatesTokenCount":5,"thoughtsTokenCount":3,"totalTokenCount":17},"modelVersion":"gemini-3","responseId":"req1"}'
const story: ChatEvent[] = [
  start,
  { type: 'reasoning-start', choice: 0 },
  thinks('th'),
  { type: 'reasoning-end', choice: 0 },
  { type: 'text-start', choice: 0 },
  says('a "b"\n'),
  { type: 'text-end', choice: 0 },
  ...calls(0, 'f', ['{"x"', ': 1}']),
  { type: 'finish', choice: 0, reason: 'tool-calls', stopString: null },
  usage,
]
const golden = [
  `{"candidates":[{"content":{"parts":[{"text":"th","thought":true}],"role":"model"},"index":0}],${tail}`,
  `{"candidates":[{"content":{"parts":[{"text":"a \\"b\\"\\n"}],"role":"model"},"index":0}],${tail}`,
  `{"candidates":[{"content":{"parts":[{"functionCall":{"id":"c0","name":"f","args":{"x":1}}}],"role":"model"},"index":0}],${tail}`,
  `{"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"finishReason":"STOP","index":0}],${lastTail}`,
]

test('server-sent events are these frames, byte by byte', () => {
  expect(streamOf(story)).toBe(golden.map((json) => `data: ${json}\n\n`).join(''))
})

test('server-sent events hold no separator of lines, because older SDKs and Python’s break on it', () => {
  const stream = streamOf([start, says('a\u2028b\u2029c\u0085d'), stop, usage])
  expect(stream).not.toMatch(/[\u0085\u2028\u2029]/)
  const [, json = ''] = /^data: (.*)\n\n/.exec(stream) ?? []
  expect(JSON.parse(json)).toMatchObject({ candidates: [{ content: { parts: [{ text: 'a\u2028b\u2029c\u0085d' }] } }] })
})

test('a JSON list is this, byte by byte', () => {
  const encoder = openStream(answer({ stream: array }))
  expect(encoder.contentType).toBe('application/json; charset=utf-8')
  expect(streamOf(story, { stream: array })).toBe(`[${golden.join(',\r\n')}\n]`)
})

test('a stream like gemma.cpp’s ends with [DONE], but only where it ends well', () => {
  const stream = { framing: 'sse', endsWithDone: true, breaksOffOnFailure: false } as const
  expect(streamOf([start, says('a'), stop, usage], { stream })).toMatch(/\n\ndata: \[DONE\]\n\n$/)
  expect(openStream(answer({ stream })).fail(new GatewayError('timeout', 'Too late.'))).not.toContain('[DONE]')
})

test('thoughts are not told where they are not asked for', () => {
  expect(partsOf([start, thinks('secret'), says('a'), stop, usage], { includeThoughts: false })).toEqual([
    { text: 'a' },
    { text: '' },
  ])
})

describe('calls', () => {
  const end: ChatEvent[] = [{ type: 'finish', choice: 0, reason: 'tool-calls', stopString: null }, usage]

  test('are told whole, each when it is complete, on one line', () => {
    const encoder = openStream(answer())
    const [first, ...rest] = calls(0, 'f', ['{\n  "x"', ':\n 1\n}'])
    expect(first === undefined ? 'x' : encoder.encode(first)).toBe('')
    const frames = rest.map((event) => encoder.encode(event))
    expect(frames.slice(0, -1).join('')).toBe('')
    expect(frames.at(-1)).toContain('"args":{"x":1}')
    expect(frames.at(-1)).not.toMatch(/\n(?!\n?$)/)
  })

  test('have the sealed thoughts on the first alone', () => {
    const events = [start, thinks('I '), thinks('think'), ...calls(0, 'f', ['{}']), ...calls(1, 'f', ['{}']), ...end]
    const [first, second] = partsOf(events, { sealsReasoning: true, includeThoughts: false })
    expect(seal.open(Buffer.from(first.thoughtSignature, 'base64').toString('base64url'), caller.keyId)).toBe('I think')
    expect(second).toEqual({ functionCall: { id: 'c1', name: 'f', args: {} } })
  })

  test('that were cut are left out, and the finish says so', () => {
    const cut = [start, ...calls(0, 'f', ['{"x":'], false)]
    const malformed = objectsOf([...cut, ...end])
    expect(malformed).toHaveLength(1)
    expect(malformed[0].candidates[0].finishReason).toBe('MALFORMED_FUNCTION_CALL')
    const limited = objectsOf([...cut, { type: 'finish', choice: 0, reason: 'length', stopString: null }, usage])
    expect(limited[0].candidates[0].finishReason).toBe('MAX_TOKENS')
  })
})

test('a word of an enum is told when it is whole, without its quotes', () => {
  const events: ChatEvent[] = [
    start,
    { type: 'text-start', choice: 0 },
    says('"y'),
    says('es"'),
    { type: 'text-end', choice: 0 },
    stop,
    usage,
  ]
  expect(partsOf(events, { unwrapsEnum: true })).toEqual([{ text: 'yes' }, { text: '' }])
})

test('choices are told apart, and all of them end in the last object', () => {
  const objects = objectsOf([
    start,
    says('b', 1),
    says('a'),
    { ...stop, choice: 1, reason: 'length' },
    says('c'),
    stop,
    usage,
  ])
  const told = objects.map(({ candidates }) => candidates.map(({ index, finishReason }: Told) => [index, finishReason]))
  expect(told).toEqual([
    [[1, undefined]],
    [[0, undefined]],
    [[0, undefined]],
    [
      [0, 'STOP'],
      [1, 'MAX_TOKENS'],
    ],
  ])
})

describe('log probabilities', () => {
  const found = (objects: readonly Told[]) =>
    objects.map(({ candidates: [only] }) =>
      only.logprobsResult?.chosenCandidates.map((token: Told) => token.logProbability),
    )

  test('stand with what they belong to, and their average at the end', () => {
    const objects = objectsOf([start, logprobs(-1), says('a'), logprobs(-2, -3), says('b'), stop, usage])
    expect(found(objects)).toEqual([[-1], [-2, -3], undefined])
    expect(objects.at(-1).candidates[0].avgLogprobs).toBe(-2)
  })

  test('of what is not told wait for what is', () => {
    const hidden = { includeThoughts: false }
    expect(
      found(objectsOf([start, logprobs(-1), thinks('x'), logprobs(-2), says('a'), logprobs(-3), stop, usage], hidden)),
    ).toEqual([[-1, -2], [-3]])
  })
})

test('a prompt that was blocked has no candidates', () => {
  const [only] = objectsOf([start, { type: 'finish', choice: 0, reason: 'content-filter', stopString: null }, usage])
  expect(only).toMatchObject({ promptFeedback: { blockReason: 'SAFETY' } })
  expect(only).not.toHaveProperty('candidates')
})

test('a stream without usage still ends with its finish, once', () => {
  const finishes = (events: readonly ChatEvent[]) =>
    objectsOf(events).filter(({ candidates: [only] }) => only.finishReason)
  expect(finishes([start, says('a'), stop])).toHaveLength(1)
  expect(finishes([start, says('a'), stop, usage])).toHaveLength(1)
})

describe('a failure', () => {
  const failure = new GatewayError('upstream-failed', 'The model server failed.', { cause: new Error('secret') })
  const error = '{"error":{"code":500,"message":"The model server failed.","status":"INTERNAL"}}'

  test('is an object with an error, without a finish, and the end', () => {
    const encoder = openStream(answer())
    encoder.encode(start)
    encoder.encode(says('a'))
    expect(encoder.fail(failure)).toBe(`data: ${error}\n\n`)
  })

  test('ends a JSON list, begun or not', () => {
    expect(openStream(answer({ stream: array })).fail(failure)).toBe(`[${error}\n]`)
    const encoder = openStream(answer({ stream: array }))
    const told = encoder.encode(start) + encoder.encode(says('a')) + encoder.fail(failure)
    expect(JSON.parse(told)).toHaveLength(2)
  })

  test('breaks the connection off where the client would overlook it', () => {
    const stream = { framing: 'sse', endsWithDone: false, breaksOffOnFailure: true } as const
    expect(openStream(answer({ stream })).breaksOffOnFailure).toBe(true)
    expect(openStream(answer()).breaksOffOnFailure).toBe(false)
  })
})

describe('a keep-alive', () => {
  test('is an object without candidates, and may come before anything else', () => {
    const encoder = openStream(answer())
    const names = '"modelVersion":"gemini-3","responseId":"req1"}'
    expect(encoder.keepAlive()).toBe(`data: {"usageMetadata":{"promptTokenCount":0,"totalTokenCount":0},${names}\n\n`)
    encoder.encode(start)
    expect(encoder.keepAlive()).toBe(`data: {${tail}\n\n`)
  })

  test('is white space in a JSON list, wherever it comes', () => {
    const encoder = openStream(answer({ stream: array }))
    const told = [encoder.keepAlive()]
    for (const event of [start, says('a'), stop, usage]) told.push(encoder.encode(event), encoder.keepAlive())
    told.push(encoder.end())
    expect(JSON.parse(told.join(''))).toHaveLength(2)
  })
})

test('very many log probabilities of thoughts that are not told cost no more than they are long', () => {
  const encoder = openStream(answer({ includeThoughts: false }))
  const took = timeTaken(() => {
    for (let count = 0; count < 100_000; count++) encoder.encode(logprobs(-1))
  })
  expect(took).toBeLessThan(proportionateMs)
})
