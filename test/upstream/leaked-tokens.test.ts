import { describe, expect, test } from 'vitest'
import { controlTokens } from '../../src/upstream/control-tokens.ts'
import { replyOf } from './running-upstream.ts'
import { callChunk, chunk, decodeAll, decodeMiddle, ending, opening, usageChunk } from './vllm-chunks.ts'

const leaking = controlTokens.filter((token) => !/^<(?:bos|eos|pad)>$/.test(token))

type Said = 'content' | 'reasoning'

/** What is told of pieces that the model said. */
function told(pieces: readonly string[], key: Said = 'content') {
  const frames = [opening(), ...pieces.map((piece) => chunk({ [key]: piece })), ending('stop'), usageChunk({})]
  return replyOf(decodeAll(frames)).choices[0]
}

/** A text in every way of cutting it in two, and letter by letter. */
function cuts(text: string): string[][] {
  const pairs = Array.from({ length: text.length + 1 }, (_, at) => [text.slice(0, at), text.slice(at)])
  return [...pairs, [...text]]
}

describe.each<[string, Said, 'text' | 'reasoning']>([
  ['text', 'content', 'text'],
  ['reasoning', 'reasoning', 'reasoning'],
])('a control token that leaks into %s', (_name, key, kind) => {
  test('is taken out wherever it is cut', () => {
    for (const token of leaking) {
      for (const pieces of cuts(`one ${token}two`))
        expect(told(pieces, key)?.[kind], pieces.join(' · ')).toBe('one two')
    }
  })

  test('is taken out however many there are, and with the label after it', () => {
    for (const pieces of cuts('<|turn>model\none<turn|><end_of_turn>\ntwo<|tool_response>')) {
      expect(told(pieces, key)?.[kind]).toBe('one\ntwo')
    }
  })

  test('is taken out at the very end too, also where a label would have followed', () => {
    for (const token of leaking) {
      for (const pieces of cuts(`one${token}`)) expect(told(pieces, key)?.[kind], pieces.join(' · ')).toBe('one')
    }
    expect(told(['one<|turn>', 'mod'], key)?.[kind]).toBe('onemod')
  })

  test('leaves all other text as it is', () => {
    const text = 'if (a < b && <|c|>) { <b>x</b> } <| |> <turn> <| <bos> <pad> <tu'
    for (const pieces of cuts(text)) expect(told(pieces, key)?.[kind]).toBe(text)
  })
})

test('what is nothing but a token opens no block', () => {
  expect(decodeMiddle([opening(), chunk({ content: '<end_of_turn>' }), ending('stop')])).toMatchObject([
    { type: 'finish' },
  ])
})

describe('what may be the beginning of a token', () => {
  test('alone is kept back, and told with what shows that it is none', () => {
    const pieces = ['a <', '|tu', 'ple', ' b']
    const events = decodeMiddle([opening(), ...pieces.map((content) => chunk({ content })), ending('stop')])
    const deltas = events.flatMap((event) => (event.type === 'text-delta' ? [event.text] : []))
    expect(deltas).toEqual(['a ', '<|tuple', ' b'])
  })

  test('is told before a call, and before the end', () => {
    const called = [chunk({ content: 'a <|' }), callChunk(0, { name: 'f', json: '{}' }), ending('tool_calls')]
    expect(decodeMiddle(called).map(({ type }) => type)).toEqual([
      ...['text-start', 'text-delta', 'text-delta', 'text-end'],
      ...['tool-call-start', 'tool-call-delta', 'tool-call-end', 'finish'],
    ])
    expect(told(['a <|'])?.text).toBe('a <|')
  })

  test('is told with its own kind', () => {
    const frames = [chunk({ reasoning: 'so <|' }), chunk({ content: 'turn> Hi' }), ending('stop'), usageChunk({})]
    expect(replyOf(decodeAll(frames)).choices).toMatchObject([{ reasoning: 'so <|', text: 'turn> Hi' }])
  })
})

describe('a thought that leaks into text', () => {
  test('is told as reasoning', () => {
    for (const end of ['\n', '']) {
      for (const pieces of cuts(`<|channel>thought${end}Let me see<channel|>Hello`)) {
        expect(told(pieces), pieces.join(' · ')).toMatchObject({ reasoning: 'Let me see', text: 'Hello' })
      }
    }
  })

  test('is told as reasoning to the end where it does not end', () => {
    expect(told(['<|channel>thought\n', 'Let me', ' see <|'])).toMatchObject({ reasoning: 'Let me see <|', text: '' })
  })

  test('is none without its label: a stray token hides no answer', () => {
    expect(told(['<|channel>', 'Hello'])).toMatchObject({ reasoning: '', text: 'Hello' })
  })
})

test('arguments of calls are left as they are', () => {
  const json = '{"a":"<|turn>"}'
  const frames = [callChunk(0, { name: 'f', json }), ending('tool_calls'), usageChunk({})]
  expect(replyOf(decodeAll(frames)).choices[0]?.toolCalls).toMatchObject([{ json }])
})
