import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseExact, parseToWrite, stringifyExact } from '../../src/wire/exact-json.ts'

const long = ['12345678901234567890', '-9007199254740993', '9007199254740992', `1${'0'.repeat(30)}`]

describe('long integers', () => {
  test.each(long)('%s is read as the number that it is nearest to, and written digit by digit', (digits) => {
    const text = `{"a":${digits},"b":[1,${digits},"${digits}",{"c":[${digits}]}],"d":1.5}`
    const value = parseExact(text)
    expect(value).toEqual(JSON.parse(text))
    expect(stringifyExact(value)).toBe(text)
    expect(JSON.stringify(parseToWrite(text))).toBe(text)
  })

  test('are written as they were set later', () => {
    const value = Object(parseExact('{"a":12345678901234567890}'))
    value.a = 5
    expect(stringifyExact(value)).toBe('{"a":5}')
    value.a = 2 ** 60
    expect(stringifyExact(value)).toBe('{"a":1152921504606847000}')
  })

  test('add nothing that can be seen', () => {
    const value = Object(parseExact('{"a":12345678901234567890}'))
    expect([Object.keys(value), { ...value }, Object.entries(value)]).toEqual([
      ['a'],
      { a: 12345678901234567000 },
      [['a', 12345678901234567000]],
    ])
  })
})

test.each(['1.0', '1e400', '0.10000000000000000001', '1E5'])(
  '%s is written as it was where it is only to be written',
  (number) => {
    expect(JSON.stringify({ args: parseToWrite(`{"a":${number},"b":{}}`) })).toBe(`{"args":{"a":${number},"b":{}}}`)
  },
)

test('any other JSON is read and written as by JSON itself', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value)
      expect(parseExact(text)).toEqual(JSON.parse(text))
      expect(stringifyExact(parseExact(text))).toBe(text)
      expect(JSON.stringify(parseToWrite(text))).toBe(text)
    }),
  )
  for (const text of ['', '{', '{"a":12345678901234567890', '[1.0']) {
    expect(() => parseExact(text)).toThrow(SyntaxError)
    expect(() => parseToWrite(text)).toThrow(SyntaxError)
  }
})

test('a text of very many values is read as fast as ever, its long integers rounded', () => {
  const text = `[${'0,'.repeat(400_000)}12345678901234567890]`
  const from = process.cpuUsage()
  const value = parseExact(text)
  const { user, system } = process.cpuUsage(from)
  expect(stringifyExact(value)).toBe(JSON.stringify(JSON.parse(text)))
  expect(parseToWrite(text)).toEqual(value)
  expect((user + system) / 1000).toBeLessThan(150)
})
