import { expect, test } from 'vitest'
import { describeAnswer } from '../../src/cli/chat/describe-answer.ts'
import type { Answer } from '../../src/client/answer.ts'

const answer: Answer = {
  text: 'Hello',
  thinking: '',
  finish: 'stop',
  usage: {},
  firstMs: undefined,
  totalMs: 900,
  tokensPerSecond: undefined,
}

test.each<[string, Partial<Answer>]>([
  [
    '[m: 12 prompt + 40 answer tokens, 0.21 s to the first, 52.3 tokens/s]',
    {
      usage: { prompt: 12, output: 40, cached: 0, thinking: 0 },
      firstMs: 211,
      tokensPerSecond: 52.34,
    },
  ],
  [
    '[m: 12 prompt (4 cached) + 40 answer (8 thinking) tokens]',
    { usage: { prompt: 12, cached: 4, output: 40, thinking: 8 } },
  ],
  ['[m: 12 prompt tokens, stopped]', { usage: { prompt: 12 }, finish: 'interrupted', text: '' }],
  ['[m: cut off at its longest, no text came]', { finish: 'length', text: '' }],
  ['[m: ended by a filter]', { finish: 'filtered' }],
  ['[m: the server tells no usage]', {}],
])('%s', (words, told) => {
  expect(describeAnswer({ ...answer, ...told }, 'm')).toBe(words)
})
