import fc from 'fast-check'
import { expect, test } from 'vitest'
import { wellFormedJson } from '../../src/wire/well-formed-json.ts'

test('half characters become U+FFFD, in texts and in names; whole ones stay as they were written', () => {
  const text = '{"a\\ud800b":"\\uDE00 \\ud83d\\ude00 \\uD83D\\ud83d\\ude00\\ude00","c":"\\ud83d'
  const wanted = '{"a\\ufffdb":"\\ufffd \\ud83d\\ude00 \\ufffd\\ud83d\\ude00\\ufffd","c":"\\ufffd'
  expect(wellFormedJson(text)).toBe(wanted)
})

test.each(['"\\\\ud83d"', '"\\\\\\\\ud83d"', '"\\ud83d\\ude00"', '"\\u0d83 ud83d"', '"\\ud8xx"', '{"a":1}'])(
  '%s stays as it is',
  (text) => {
    expect(wellFormedJson(text)).toBe(text)
  },
)

test('it is what the parsed text would be, made well-formed', () => {
  const piece = fc.constantFrom(
    '\\ud83d',
    '\\uDBFF',
    '\\ude00',
    '\\uDC00',
    '\\\\',
    '\\"',
    '\\u0041',
    'ud83d',
    '😀',
    'a',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
      const text = `"${pieces.join('')}"`
      const parsed: string = JSON.parse(text)
      expect(JSON.parse(wellFormedJson(text))).toBe(parsed.toWellFormed())
    }),
    { numRuns: 2000 },
  )
})
