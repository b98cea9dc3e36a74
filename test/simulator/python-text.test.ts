import { expect, test } from 'vitest'
import { pythonFloat, pythonJson, pythonRepr, pythonTuple } from '../../src/simulator/request/python-text.ts'

test.each([
  [null, 'None'],
  [undefined, 'None'],
  [true, 'True'],
  [1.5, '1.5'],
  [Number.POSITIVE_INFINITY, 'inf'],
  ["it's", '"it\'s"'],
  ['say "it\'s"', "'say \"it\\'s\"'"],
  ['a\n\\b', "'a\\n\\\\b'"],
  [[1, 'a', []], "[1, 'a', []]"],
  [{ a: { b: false } }, "{'a': {'b': False}}"],
])('repr of %j is %s', (value, text) => {
  expect(pythonRepr(value)).toBe(text)
})

test('a tuple of one keeps its comma', () => {
  expect(pythonTuple(['body'])).toBe("('body',)")
  expect(pythonTuple(['body', 0])).toBe("('body', 0)")
})

test('a float always looks like one', () => {
  expect([3, -0.5, 1e21, Number.NaN, Number.NEGATIVE_INFINITY].map(pythonFloat)).toEqual([
    '3.0',
    '-0.5',
    '1e+21',
    'nan',
    '-inf',
  ])
})

test('JSON has a space after commas and colons, and reads back', () => {
  const value = { a: [1, 'x, y: z', null], b: { c: true } }
  expect(pythonJson(value)).toBe('{"a": [1, "x, y: z", null], "b": {"c": true}}')
  expect(JSON.parse(pythonJson(value))).toEqual(value)
})
