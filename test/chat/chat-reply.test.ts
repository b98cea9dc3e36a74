import { describe, expect, test } from 'vitest'
import type { ChatEvent } from '../../src/chat/chat-event.ts'
import { createReplyFold } from '../../src/chat/chat-reply.ts'
import { failureNow } from './failure-of.ts'

const start: ChatEvent = { type: 'start', created: 1759900000 }
const usage = { promptTokens: 21, cachedTokens: 16, completionTokens: 39, reasoningTokens: 30 }

function says(choice: number, text: string): ChatEvent[] {
  return [
    { type: 'text-start', choice },
    ...[...text].map((letter): ChatEvent => ({ type: 'text-delta', choice, text: letter })),
    { type: 'text-end', choice },
  ]
}

function calls(choice: number, index: number, json: readonly string[]): ChatEvent[] {
  return [
    { type: 'tool-call-start', choice, index, id: `call_${index}`, name: `tool_${index}` },
    ...json.map((piece): ChatEvent => ({ type: 'tool-call-delta', choice, index, json: piece })),
    { type: 'tool-call-end', choice, index, complete: true },
  ]
}

function ends(choice: number): ChatEvent {
  return { type: 'finish', choice, reason: 'stop', stopString: null }
}

function fold(...batches: ChatEvent[][]) {
  const folding = createReplyFold()
  for (const batch of batches) folding.add(batch)
  return folding.reply()
}

test('gathers reasoning, text and tool calls of one choice, each whole and in its place', () => {
  const reasoning: ChatEvent[] = [
    { type: 'reasoning-start', choice: 0 },
    { type: 'reasoning-delta', choice: 0, text: 'so ' },
    { type: 'reasoning-delta', choice: 0, text: 'so' },
    { type: 'reasoning-end', choice: 0 },
  ]
  const pieces = [...calls(0, 0, ['{"a"', ':1}']), ...calls(0, 1, ['{}'])]
  const end: ChatEvent = { type: 'finish', choice: 0, reason: 'stop-string', stopString: 'END' }
  expect(fold([start, ...reasoning], says(0, 'Hi'), pieces, [end, { type: 'usage', usage }])).toEqual({
    created: 1759900000,
    choices: [
      {
        index: 0,
        reasoning: 'so so',
        text: 'Hi',
        toolCalls: [
          { id: 'call_0', name: 'tool_0', json: '{"a":1}' },
          { id: 'call_1', name: 'tool_1', json: '{}' },
        ],
        logprobs: null,
        finish: { reason: 'stop-string', stopString: 'END' },
      },
    ],
    usage,
  })
})

test('joins text that a tool call came between', () => {
  const reply = fold([start, ...says(0, 'before '), ...calls(0, 0, ['{}']), ...says(0, 'after'), ends(0)])
  expect(reply.choices[0]?.text).toBe('before after')
})

test('keeps interleaved choices apart, and puts them in order', () => {
  const [second, first] = [says(1, 'two'), says(0, 'one')]
  const mixed = second.flatMap((event, at) => [event, ...first.slice(at, at + 1)])
  const { choices } = fold([start, ...mixed, ends(1), ends(0)])
  expect(choices.map(({ index, text }) => [index, text])).toEqual([
    [0, 'one'],
    [1, 'two'],
  ])
})

test('strings log probabilities together, choice by choice', () => {
  const logprob = (token: string) => ({ token, logprob: -1, bytes: null, top_logprobs: [] })
  const { choices } = fold(
    [{ type: 'logprobs', choice: 0, tokens: [logprob('a')] }],
    [{ type: 'logprobs', choice: 0, tokens: [logprob('b'), logprob('c')] }, ends(0), ends(1)],
  )
  expect(choices[0]?.logprobs?.map(({ token }) => token)).toEqual(['a', 'b', 'c'])
  expect(choices[1]?.logprobs).toBeNull()
})

describe('without', () => {
  test('a usage the counts are 0, never missing', () => {
    const { usage: counts } = fold([start, ends(0)])
    expect(counts).toEqual({ promptTokens: 0, cachedTokens: 0, completionTokens: 0, reasoningTokens: 0 })
  })

  test('a finish of every choice there is no reply', () => {
    expect(failureNow(() => fold([start, ends(0), ...says(1, 'cut')])).kind).toBe('upstream-failed')
  })
})
