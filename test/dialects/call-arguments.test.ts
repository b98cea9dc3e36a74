import { expect, test } from 'vitest'
import { createReadArguments } from '../../src/dialects/call-arguments.ts'

function read(written: string): string {
  return createReadArguments()(written)
}

test.each(['{}', ' {"a" : 1.0, "b": 12345678901234567890} ', '{"a":"\\ud83d\\ude00"}'])('%s stays as it is', (json) => {
  expect(read(json)).toBe(json)
})

test.each([
  ['', '{}'],
  [' \n', '{}'],
  [' null\n', '{}'],
  [' {"a": "b ', '{"a": "b "}'],
  ['{"id":12345678901234567890,"on":tr', '{"id":12345678901234567890,"on":true}'],
  ['{"id":1234567890123456789', '{"id":1234567890123456789}'],
  ['{"a":[{"b"', '{"a":[{"b":null}]}'],
  ['{"a":1}{"b":2}', '{"a":1}'],
  ['nothing like it', '{}'],
  [' null\n', '{}'],
  ['[1]', '{}'],
  ['5', '{}'],
  ['"nothing like it"', '{}'],
  ['"{\\"id\\":12345678901234567890}"', '{"id":12345678901234567890}'],
])('%j is read as %s', (written, json) => {
  expect(read(written)).toBe(json)
})

test.each(['{"a":"\\ud83d', '{"a":"\\ud83d"}', '{"a":"\\ud8', '{"a":"\\ud83d\\u'])(
  '%s has no half characters',
  (json) => {
    const { a } = JSON.parse(read(json))
    expect([a.isWellFormed(), a.charAt(0)]).toEqual([true, '\ufffd'])
  },
)

test('what broke off beyond a million characters in one request is {}, because it is looked at one by one', () => {
  const readArguments = createReadArguments()
  const broken = `{"a":[${'1,'.repeat(300_000)}`
  expect(readArguments(broken)).toBe(`${broken}null]}`)
  expect(readArguments(broken)).toBe('{}')
  expect(readArguments('{"a":1}')).toBe('{"a":1}')
  expect(read('{"a":1')).toBe('{"a":1}')
})
