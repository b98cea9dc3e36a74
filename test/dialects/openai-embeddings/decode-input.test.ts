import { expect, test } from 'vitest'
import { decodeInput } from '../../../src/dialects/openai-embeddings/decode-input.ts'
import { failureNow } from '../../chat/failure-of.ts'
import { proportionateMs, timeTaken } from '../time-taken.ts'

test.each([
  ['a', [['a', 'input']]],
  [['a'], [['a', 'input[0]']]],
  [[1, 2], [[[1, 2], 'input']]],
  [
    [[1], [2]],
    [
      [[1], 'input[0]'],
      [[2], 'input[1]'],
    ],
  ],
  [
    ['a', [1]],
    [
      ['a', 'input[0]'],
      [[1], 'input[1]'],
    ],
  ],
])('%j is read as its inputs and their places', (input, wanted) => {
  expect(decodeInput(input, 9).map(({ content, field }) => [content, field])).toEqual(wanted)
})

test.each([
  [undefined, 'input', 'nothing'],
  [null, 'input', 'null'],
  [7, 'input', '7'],
  [{ text: 'a' }, 'input', 'an object'],
  [['a', null], 'input[1]', 'null'],
  [[1, 'a'], 'input[1]', 'a string of 1 character'],
  [[[1, Number.POSITIVE_INFINITY]], 'input[0][1]', 'Infinity'],
  [['a', 'b', 'c'], 'input', 'a list of 3'],
])('%j is refused at %s', (input, field, found) => {
  const failure = failureNow(() => decodeInput(input, 2))
  expect(failure).toMatchObject({ kind: 'invalid-request', field })
  expect(failure.message).toContain(`found ${found}, wanted `)
})

test('millions of ids are looked at without making anybody wait', () => {
  const row = Array.from({ length: 2000 }, (_, at) => at)
  const input = Array.from({ length: 2000 }, () => row)
  expect(timeTaken(() => decodeInput(input, 2048))).toBeLessThan(proportionateMs)
})
