import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createObjectText } from '../../src/dialects/object-text.ts'
import { proportionateMs, timeTaken } from './time-taken.ts'

/** What pieces come to: what was accepted, and the whole text. */
function read(...pieces: readonly string[]): { accepted: string; whole: string } {
  const text = createObjectText()
  const accepted = pieces.map((piece) => text.accept(piece)).join('')
  return { accepted, whole: accepted + text.rest() }
}

function isObject(json: string): boolean {
  const value: unknown = JSON.parse(json)
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

test('the text of an object is accepted as it is', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 3 })),
      fc.constantFrom(undefined, 2, '\t'),
      (object, space) => {
        const json = JSON.stringify(object, null, space)
        expect(read(json)).toEqual({ accepted: json, whole: json })
      },
    ),
  )
})

test('where the text breaks off, what is there becomes an object', () => {
  const json =
    '{ "a\\u00e9" : [-1.50e+3, 0, true, false, null, {}, [], [{"b": "x\\"\\\\\\ud83d\\ude00 \\n"}]], "c": {"d": 1e5}, "": 10 }'
  for (let end = 0; end <= json.length; end++) {
    const { accepted, whole } = read(json.slice(0, end))
    expect(json.slice(0, end).startsWith(accepted)).toBe(true)
    expect(whole.startsWith(accepted) && isObject(whole), whole).toBe(true)
  }
})

test.for([
  ['', '{}'],
  ['  ', '  {}'],
  ['{"a', '{}'],
  ['{"a"', '{}'],
  ['{"a\\', '{}'],
  ['{"a\\u00', '{}'],
  ['{ "a" : ', '{ }'],
  ['{"a":"b', '{"a":"b"}'],
  ['{"a":"b\\', '{"a":"b\\\\"}'],
  ['{"a":"\\u00', '{"a":"\\u0000"}'],
  ['{"a":-', '{"a":-0}'],
  ['{"a":1.', '{"a":1.0}'],
  ['{"a":tr', '{"a":true}'],
  ['{"a":1,', '{"a":1}'],
  ['{"a":"b", "', '{"a":"b"}'],
  ['{"a":"b", "c', '{"a":"b"}'],
  ['{"a":{"b":1,"c":', '{"a":{"b":1}}'],
  ['{"a":[1,', '{"a":[1]}'],
  ['{"a":[{"b', '{"a":[{}]}'],
  ['{"a":[{"b":1', '{"a":[{"b":1}]}'],
] as const)('%s ends as %s', ([cut, whole]) => {
  expect(read(cut).whole).toBe(whole)
})

test.for([
  ['nothing like it', '', '{}'],
  ['[1]', '', '{}'],
  ['"x"', '', '{}'],
  ['{"a":1}{"b":2}', '{"a":1}', '{"a":1}'],
  ['{"a":1} ', '{"a":1} ', '{"a":1} '],
  ['{a:1}', '{', '{}'],
  ['{"a":01}', '{"a":0', '{"a":0}'],
  ['{"a":-01}', '{"a":-0', '{"a":-0}'],
  ['{"a":1002.003e0405.}', '{"a":1002.003e0405', '{"a":1002.003e0405}'],
  ['{"a":1]', '{"a":1', '{"a":1}'],
  ['{"a":1,}', '{"a":1', '{"a":1}'],
  ['{"a":1,"b":x}', '{"a":1', '{"a":1}'],
  ['{"a":nil}', '{"a":n', '{"a":null}'],
  ['{"a":"x\ny"}', '{"a":"x', '{"a":"x"}'],
  ['{"a":"\\x"}', '{"a":"\\', '{"a":"\\\\"}'],
  ['{"a":1.}', '{"a":1.', '{"a":1.0}'],
] as const)('%s makes sense as far as %s', ([json, accepted, whole]) => {
  expect(read(json)).toEqual({ accepted, whole })
  expect(read(json, '"more":1}').whole).toBe(whole)
})

test('a member is told as soon as its value begins, with what was held', () => {
  const text = createObjectText()
  const told = ['{', '"a', '"', ': ', '"', 'b', '"', ',', '"c":', '1'].map((piece) => text.accept(piece))
  expect(told).toEqual(['{', '', '', '', '"a": "', 'b', '"', '', '', ',"c":1'])
})

test('a key without end costs no more than it is long', () => {
  const text = createObjectText()
  const pieces = Array.from({ length: 120_000 }, () => 'key')
  expect(text.accept('{"')).toBe('{')
  const acceptAll = () => {
    for (const piece of pieces) text.accept(piece)
  }
  expect(timeTaken(acceptAll)).toBeLessThan(proportionateMs)
  expect(text.rest()).toBe('}')
})

test('whatever comes, in whatever pieces, the whole is an object, and the pieces do not matter', () => {
  const mess = fc.array(
    fc.oneof(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        '"',
        '"a"',
        ':',
        ',',
        '\\',
        '\\u',
        '12',
        '-',
        '.',
        'e',
        'true',
        'nul',
        ' ',
        '\n',
      ),
      fc.string(),
    ),
    { maxLength: 12 },
  )
  fc.assert(
    fc.property(mess, (pieces) => {
      const { accepted, whole } = read(...['{', ...pieces])
      expect(isObject(whole)).toBe(true)
      expect(read(`{${pieces.join('')}`)).toEqual({ accepted, whole })
    }),
    { numRuns: 300 },
  )
})

test('a number without end costs no more than it is long', () => {
  const json = `{"a":-0.${'1234567890'.repeat(12_000)}`
  expect(timeTaken(() => read(json))).toBeLessThan(proportionateMs)
  expect(read(json)).toEqual({ accepted: json, whole: `${json}}` })
})
