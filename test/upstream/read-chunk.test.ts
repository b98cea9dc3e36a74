import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ChatEvent, TokenUsage } from '../../src/chat/chat-event.ts'
import { learnTemplate } from '../../src/upstream/chunk-template.ts'
import { createChunkDecoder } from '../../src/upstream/decode-chunk.ts'
import { createChunkReaders, parseChunk } from '../../src/upstream/read-chunk.ts'
import type { VllmChunk } from '../../src/upstream/vllm-chunk.ts'
import { failureNow } from '../chat/failure-of.ts'

const head = '{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gemma","choices":['

function frameOf(delta: object, completionTokens: number, rest: object = {}): string {
  const choice = { index: 0, delta, logprobs: null, finish_reason: null, token_ids: null, ...rest }
  const usage = { prompt_tokens: 21, total_tokens: 21 + completionTokens, completion_tokens: completionTokens }
  return `${head}${JSON.stringify(choice)}],"usage":${JSON.stringify(usage)}}`
}

function taught(frame: string) {
  const chunk = parseChunk(frame)
  const template = chunk === undefined ? undefined : learnTemplate(frame, chunk)
  if (template === undefined) throw new Error('Nothing was learned.')
  return template
}

/** What a decoder makes of frames, however they are read. */
function eventsOf(frames: readonly string[], read: (frame: string) => VllmChunk | undefined) {
  const decoder = createChunkDecoder({ choices: 2, firstCallOnly: false, tokensMax: 100 })
  const events: ChatEvent[] = []
  const counts: TokenUsage[] = []
  for (const frame of frames) {
    const chunk = read(frame)
    if (chunk !== undefined) decoder.decode(chunk, events)
    counts.push(decoder.usage())
  }
  return { events, counts }
}

const text = fc.oneof(fc.constantFrom(' word', 'é☃', '"', '\\', '\n', '"},"x":{"', ''), fc.string({ unit: 'grapheme' }))
const usage = fc.record(
  {
    prompt_tokens: fc.nat(),
    total_tokens: fc.nat(),
    completion_tokens: fc.nat(),
    prompt_tokens_details: fc.option(fc.record({ cached_tokens: fc.option(fc.nat()), audio_tokens: fc.nat() })),
    completion_tokens_details: fc.option(fc.record({ reasoning_tokens: fc.nat() })),
  },
  { requiredKeys: ['prompt_tokens'] },
)
const frame = fc
  .record({
    delta: fc.oneof(
      { weight: 5, arbitrary: text.map((content) => ({ content })) },
      { weight: 3, arbitrary: text.map((reasoning) => ({ reasoning })) },
      fc.record({ content: fc.option(text), reasoning: fc.option(text) }),
      text.map((reasoning) => ({ reasoning, reasoning_content: reasoning })),
      fc.constant({ role: 'assistant', content: '' }),
    ),
    index: fc.constantFrom(0, 0, 0, 1),
    usage: fc.option(usage),
    id: fc.constantFrom('a', 'a', 'a', 'b', 'c"d', '"created":5'),
    created: fc.constantFrom(undefined, 1, 1_759_900_000),
  })
  .map(({ delta, index, usage, ...named }) =>
    JSON.stringify({ ...named, choices: [{ index, delta, finish_reason: null }], usage }),
  )

test('a stream is read as if every one of its chunks were parsed, whatever was learned from streams before it', () => {
  const openReader = createChunkReaders()
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 30 }), (frames) => {
      expect(eventsOf(frames, openReader())).toEqual(eventsOf(frames, parseChunk))
    }),
    { numRuns: 1000 },
  )
})

describe('a template', () => {
  test('reads the word and the counts of a chunk like the one that it learned from', () => {
    const read = taught(frameOf({ content: ' Paris' }, 3)).read(frameOf({ content: ' is' }, 1234))
    expect(read).toMatchObject({
      choices: [{ index: 0, delta: { content: ' is' } }],
      usage: { prompt_tokens: 21, completion_tokens: 1234 },
    })
  })

  test('reads also chunks of other answers and choices, with counts of their own', () => {
    const other = frameOf({ content: ' is' }, 5, { index: 1 })
      .replace('chatcmpl-1', 'chatcmpl-2')
      .replace(':1,', ':77,')
    const read = taught(frameOf({ content: ' Paris' }, 3)).read(other)
    expect(read).toMatchObject({ created: 77, choices: [{ index: 1, delta: { content: ' is' } }] })
    expect(read?.usage?.completion_tokens).toBe(5)
  })

  test.each([
    ['an escaped character', frameOf({ content: 'a "quoted" word' }, 4)],
    ['another field', frameOf({ reasoning: 'thinking' }, 4)],
    ['a finish', frameOf({ content: 'end' }, 4, { finish_reason: 'stop' })],
    ['another model', frameOf({ content: 'a' }, 4).replace('gemma', 'qwen')],
    ['an index that is not whole', frameOf({ content: 'a' }, 4).replace('"index":0', '"index":0.5')],
    ['log probabilities', frameOf({ content: 'a' }, 4, { logprobs: { content: [] } })],
    ['more behind it', `${frameOf({ content: 'a' }, 4)} `],
    ['a cut', frameOf({ content: 'a' }, 4).slice(0, -1)],
    ['a cut within the text', frameOf({ content: 'abc' }, 4).slice(0, head.length + 34)],
    [
      'a count that is no number',
      frameOf({ content: 'a' }, 4).replace('"completion_tokens":4', '"completion_tokens":x'),
    ],
    ['a count that is none', frameOf({ content: 'a' }, 4).replace('"completion_tokens":4', '"completion_tokens":null')],
    ['a count too long', frameOf({ content: 'a' }, 4).replace('tokens":4', `tokens":${'9'.repeat(16)}`)],
  ])('leaves a chunk with %s to the parser', (_what, other) => {
    expect(taught(frameOf({ content: ' Paris' }, 3)).read(other)).toBeUndefined()
  })

  test.each([
    ['whose text stands in it twice', frameOf({ content: 'a' }, 3, { note: { content: 'a' } })],
    ['with a call', frameOf({ content: 'a', tool_calls: [{ index: 0, function: { name: 'f' } }] }, 3)],
    ['with both texts', frameOf({ content: 'a', reasoning: 'b' }, 3)],
    ['with an end', frameOf({ content: 'a' }, 3, { finish_reason: 'stop' })],
    ['without text', frameOf({ content: '' }, 3)],
    [
      'whose counts are another part’s',
      `${head}{"index":0,"delta":{"content":"a"}}],"usage":null,"metrics":{"usage":{"prompt_tokens":7}}}`,
    ],
    [
      'whose counts stand where they count for nothing',
      `${head}{"index":0,"delta":{"content":"a"}}],"usage":{"prompt_tokens":7,"reasoning_tokens":3}}`,
    ],
    [
      'with a 0 that would count where it counts for nothing',
      `${head}{"index":0,"delta":{"content":"a"}}],"usage":{"prompt_tokens":7,"reasoning_tokens":0}}`,
    ],
  ])('is not learned from a chunk %s', (_what, frame) => {
    const chunk = parseChunk(frame)
    expect(chunk === undefined ? chunk : learnTemplate(frame, chunk)).toBeUndefined()
  })
})

test('what is no chunk is passed over, and a chunk that cannot be read is a failure', () => {
  expect(createChunkReaders()()('hiccup')).toBeUndefined()
  expect(createChunkReaders()()('{"object":"ping"}')).toBeDefined()
  expect(failureNow(() => createChunkReaders()()('{"choices":7}'))).toMatchObject({ kind: 'upstream-failed' })
})

test('a chunk that is cut anywhere is a failure, also where chunks like it were learned', () => {
  const whole = frameOf({ content: 'NOT' }, 4)
  const read = createChunkReaders()()
  read(frameOf({ content: 'Do' }, 3))
  for (let end = 1; end < whole.length; end++) {
    expect(failureNow(() => read(whole.slice(0, end)))).toMatchObject({
      kind: 'upstream-failed',
      message: 'The model server sent something that is not an answer.',
    })
  }
  expect(read(` ${whole}`)).toBeDefined()
})
