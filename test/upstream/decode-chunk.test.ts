import { describe, expect, test } from 'vitest'
import type { ChatEvent } from '../../src/chat/chat-event.ts'
import { createChunkDecoder } from '../../src/upstream/decode-chunk.ts'
import { vllmChunkSchema } from '../../src/upstream/vllm-chunk.ts'
import { failureNow } from '../chat/failure-of.ts'
import { chunk, decodeAll, decodeMiddle, ending, opening, usageChunk } from './vllm-chunks.ts'

function text(...pieces: string[]): ChatEvent[] {
  return [
    { type: 'text-start', choice: 0 },
    ...pieces.map((piece): ChatEvent => ({ type: 'text-delta', choice: 0, text: piece })),
    { type: 'text-end', choice: 0 },
  ]
}

function reasoning(...pieces: string[]): ChatEvent[] {
  return [
    { type: 'reasoning-start', choice: 0 },
    ...pieces.map((piece): ChatEvent => ({ type: 'reasoning-delta', choice: 0, text: piece })),
    { type: 'reasoning-end', choice: 0 },
  ]
}

const stop: ChatEvent = { type: 'finish', choice: 0, reason: 'stop', stopString: null }

const usage = {
  prompt_tokens: 21,
  total_tokens: 60,
  completion_tokens: 39,
  prompt_tokens_details: { cached_tokens: 16 },
  completion_tokens_details: { reasoning_tokens: 30 },
}

test('a plain stream is one start, one text, one finish and one usage, last', () => {
  const frames = [opening(), chunk({ content: 'Hi' }), chunk({ content: ' you' }), ending('stop'), usageChunk(usage)]
  expect(decodeAll(frames)).toEqual([
    { type: 'start', created: 1759900000 },
    ...text('Hi', ' you'),
    stop,
    {
      type: 'usage',
      usage: { promptTokens: 21, cachedTokens: 16, completionTokens: 39, reasoningTokens: 30 },
    },
  ])
})

describe('a delta', () => {
  test('of reasoning is told by its newer and by its older name', () => {
    for (const name of ['reasoning', 'reasoning_content']) {
      const frames = [opening(), chunk({ [name]: 'so' }), chunk({ [name]: ' so' }), chunk({ content: 'Hi' })]
      expect(decodeMiddle([...frames, ending('stop')])).toEqual([...reasoning('so', ' so'), ...text('Hi'), stop])
    }
    const both = chunk({ reasoning: 'so', reasoning_content: 'so' })
    expect(decodeMiddle([both, ending('stop')])).toEqual([...reasoning('so'), stop])
  })

  test('that mixes reasoning and text gives the reasoning first, whatever the order of its keys', () => {
    const frames = [chunk({ reasoning: 'so' }), chunk({ content: 'Hi', reasoning: ' so' }), ending('stop')]
    expect(decodeMiddle(frames)).toEqual([...reasoning('so', ' so'), ...text('Hi'), stop])
  })

  test('that is empty, null or without a field is no event', () => {
    const empties = [{}, { content: '' }, { content: null }, { content: null, reasoning: null, tool_calls: null }]
    const frames = [...empties, { reasoning: '' }, { tool_calls: [] }].map((delta) => chunk(delta))
    expect(decodeMiddle([...frames, ending('stop')])).toEqual([stop])
  })

  test('goes back from text to reasoning in a block of its own', () => {
    const frames = [chunk({ content: 'a' }), chunk({ reasoning: 'b' }), chunk({ content: 'c' }), ending('stop')]
    expect(decodeMiddle(frames)).toEqual([...text('a'), ...reasoning('b'), ...text('c'), stop])
  })

  test('that comes with the finish is told before it', () => {
    const last = chunk({ content: ' you' }, { finish_reason: 'stop', stop_reason: 106 })
    expect(decodeMiddle([chunk({ content: 'Hi' }), last])).toEqual([...text('Hi', ' you'), stop])
  })

  test('that comes after the finish of its choice is not told', () => {
    expect(decodeMiddle([ending('stop'), chunk({ content: 'late' }), ending('length')])).toEqual([stop])
  })
})

describe('log probabilities', () => {
  const content = [{ token: 'Hi', logprob: -0.5, bytes: [72, 105], top_logprobs: [] }]

  test('come before the delta that they belong to', () => {
    const events = decodeMiddle([chunk({ content: 'Hi' }, { logprobs: { content } }), ending('stop')])
    expect(events).toEqual([{ type: 'logprobs', choice: 0, tokens: content }, ...text('Hi'), stop])
  })

  test('have no field missing, whatever vLLM leaves out', () => {
    const bare = [{ token: 'a', logprob: -1, top_logprobs: [{ token: 'b', logprob: -2 }] }]
    const [told] = decodeMiddle([chunk({ content: 'a' }, { logprobs: { content: bare } }), ending('stop')])
    const other = { token: 'b', logprob: -2, bytes: null }
    expect(told).toMatchObject({ tokens: [{ token: 'a', logprob: -1, bytes: null, top_logprobs: [other] }] })
  })

  test('that are null or none are no event', () => {
    const frames = [{ content: null }, { content: [] }].map((logprobs) => chunk({}, { logprobs }))
    expect(decodeMiddle([...frames, ending('stop')])).toEqual([stop])
  })
})

describe('usage', () => {
  test('of nothing but nulls is 0 throughout', () => {
    const nulls = { prompt_tokens: null, completion_tokens: null, prompt_tokens_details: null }
    for (const frames of [[ending('stop')], [ending('stop'), usageChunk(nulls)]]) {
      expect(decodeAll(frames).at(-1)).toEqual({
        type: 'usage',
        usage: { promptTokens: 0, cachedTokens: 0, completionTokens: 0, reasoningTokens: 0 },
      })
    }
  })

  test('is known as it grows, so that an answer that is cut is accounted for', () => {
    const decoder = createChunkDecoder({ choices: 1, firstCallOnly: false, tokensMax: 100 })
    for (const tokens of [1, 2, 3]) {
      const grown = { prompt_tokens: 5, completion_tokens: tokens }
      decoder.decode(vllmChunkSchema.parse(JSON.parse(chunk({ content: 'a' }, { usage: grown }))), [])
      expect(decoder.usage()).toMatchObject({ promptTokens: 5, completionTokens: tokens })
    }
  })

  test('of several choices adds up while it grows, and is what the last count says', () => {
    const decoder = createChunkDecoder({ choices: 2, firstCallOnly: false, tokensMax: 100 })
    const grow = (index: number, tokens: number) => {
      const grown = { prompt_tokens: 5, completion_tokens: tokens }
      decoder.decode(vllmChunkSchema.parse(JSON.parse(chunk({ content: 'a' }, { index, usage: grown }))), [])
      return decoder.usage().completionTokens
    }
    expect([grow(0, 1), grow(1, 1), grow(0, 2), grow(0, 3), grow(1, 2)]).toEqual([1, 2, 3, 4, 5])
    decoder.decode(vllmChunkSchema.parse(JSON.parse(usageChunk({ prompt_tokens: 5, completion_tokens: 9 }))), [])
    expect(decoder.usage()).toMatchObject({ promptTokens: 5, completionTokens: 9 })
  })
})

describe('several choices', () => {
  test('that come interleaved are told by their numbers, each with its own blocks and finish', () => {
    const frames = [
      opening(0),
      opening(1),
      chunk({ content: 'a' }, { index: 1 }),
      chunk({ reasoning: 'b' }, { index: 0 }),
      chunk({ content: 'c' }, { index: 1 }),
      ending('length', null, 1),
      chunk({ content: 'd' }, { index: 0 }),
      ending('stop', 106, 0),
    ]
    const events = decodeMiddle(frames, { choices: 2 })
    const of = (choice: number) => events.filter((event) => 'choice' in event && event.choice === choice)
    expect(of(0)).toEqual([...reasoning('b'), ...text('d'), stop])
    expect(of(1).map(({ type }) => type)).toEqual(['text-start', 'text-delta', 'text-delta', 'text-end', 'finish'])
    expect(events).toHaveLength(of(0).length + of(1).length)
  })

  test('that one chunk brings together are all told', () => {
    const both = JSON.stringify({
      created: 1,
      choices: [0, 1].map((index) => ({ index, delta: { content: `${index}` }, finish_reason: 'stop' })),
    })
    expect(decodeMiddle([both], { choices: 2 }).filter(({ type }) => type === 'finish')).toHaveLength(2)
  })

  test.each([-1, 2, 1000])('number %i is a failure where two were asked for', (index) => {
    expect(failureNow(() => decodeAll([chunk({ content: 'a' }, { index })], { choices: 2 })).kind).toBe(
      'upstream-failed',
    )
  })
})

describe('a stream that ends without', () => {
  test.each<[string, readonly string[], number]>([
    ['anything', [], 1],
    ['a finish', [opening(), chunk({ content: 'Hi' })], 1],
    ['the finish of one of its choices', [opening(0), opening(1), ending('stop')], 2],
    ['one of its choices', [opening(0), ending('stop')], 2],
  ])('%s is a failure', (_name, frames, choices) => {
    expect(failureNow(() => decodeAll(frames, { choices })).kind).toBe('upstream-failed')
  })
})
