import { expect, test } from 'vitest'
import { createReadArguments, isOtherJson } from '../../src/dialects/call-arguments.ts'
import { failureNow } from '../chat/failure-of.ts'

function read(written: string): string {
  return createReadArguments()(written, 'a')
}

test.each(['{}', ' {"a" : 1.0, "b": 12345678901234567890} ', '{"a":"\\ud83d\\ude00"}'])('%s stays as it is', (json) => {
  expect(read(json)).toBe(json)
})

test.each([
  ['', '{}'],
  [' \n', '{}'],
  [' {"a": "b ', '{"a": "b "}'],
  ['{"id":12345678901234567890,"on":tr', '{"id":12345678901234567890,"on":true}'],
  ['{"id":1234567890123456789', '{"id":1234567890123456789}'],
  ['{"a":[{"b"', '{"a":[{"b":null}]}'],
  ['{"a":1}{"b":2}', '{"a":1}'],
  ['nothing like it', '{}'],
])('%j is closed as %s', (written, json) => {
  expect(read(written)).toBe(json)
})

test.each(['{"a":"\\ud83d', '{"a":"\\ud83d"}', '{"a":"\\ud8', '{"a":"\\ud83d\\u'])(
  '%s has no half characters',
  (json) => {
    const { a } = JSON.parse(read(json))
    expect([a.isWellFormed(), a.charAt(0)]).toEqual([true, '\ufffd'])
  },
)

test.each(['null', '[1]', '"secret"', ' 5'])('%s is refused, and known for other JSON', (json) => {
  const failure = failureNow(() => read(json))
  expect(failure).toMatchObject({ kind: 'invalid-request', field: 'a.arguments' })
  expect(failure.message).not.toContain('secret')
  expect(isOtherJson(json)).toBe(true)
})

test.each(['{}', '{"a":', ''])('%j is not other JSON', (json) => {
  expect(isOtherJson(json)).toBe(false)
})

test('what broke off beyond a million characters in one request is {}, because it is looked at one by one', () => {
  const readArguments = createReadArguments()
  const broken = `{"a":[${'1,'.repeat(300_000)}`
  expect(readArguments(broken, 'a')).toBe(`${broken}null]}`)
  expect(readArguments(broken, 'a')).toBe('{}')
  expect(readArguments('{"a":1}', 'a')).toBe('{"a":1}')
  expect(read('{"a":1')).toBe('{"a":1}')
})
