import { expect, test } from 'vitest'
import { createReadArguments } from '../../src/dialects/call-arguments.ts'
import { failureNow } from '../chat/failure-of.ts'

function read(written: string): string {
  return createReadArguments('messages')(written)
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
  ['{"a":[{"b"', '{"a":[{}]}'],
  ['{"a":1}{"b":2}', '{"a":1}'],
  ['nothing like it', '{}'],
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
  const readArguments = createReadArguments('messages')
  const broken = `{"a":"${'x'.repeat(600_000)}`
  expect(readArguments(broken)).toBe(`${broken}"}`)
  expect(readArguments(broken)).toBe('{}')
  expect(readArguments('{"a":1}')).toBe('{"a":1}')
  expect(read('{"a":1')).toBe('{"a":1}')
})

const nested = (depth: number) => `{"x":${'['.repeat(depth)}`

test.each([
  ['that breaks off', nested(100_000)],
  ['that is whole', `${nested(64)}${']'.repeat(64)}}`],
  ['that is written as JSON twice', JSON.stringify(nested(64))],
])('what is deeper than any JSON may be is refused: one %s', (_, written) => {
  expect(failureNow(() => read(written))).toMatchObject({
    kind: 'invalid-request',
    field: 'messages',
    message: expect.stringContaining(
      'found calls whose arguments have more than 64 levels, wanted at most 64 nested levels',
    ),
  })
})

test('as deep as JSON may be, and whatever strings hold, is none of it', () => {
  const deepest = `${nested(63)}${']'.repeat(63)}}`
  expect(read(deepest)).toBe(deepest)
  const text = JSON.stringify({ text: '[{,:"\\'.repeat(50_000) })
  expect(read(text)).toBe(text)
})

test('what would take long to parse is refused before it is, counted over all calls of a request', () => {
  const readArguments = createReadArguments('messages')
  const large = `{"a":[${'0,'.repeat(90_000)}0]}`
  const from = performance.now()
  expect([readArguments(large), readArguments(large)]).toEqual([large, large])
  const failure = failureNow(() => readArguments(large))
  expect(failure).toMatchObject({ kind: 'invalid-request', field: 'messages' })
  expect(failure.message).toContain('found calls whose arguments have more than 200000 JSON values, wanted fewer')
  expect(performance.now() - from).toBeLessThan(1000)
})
