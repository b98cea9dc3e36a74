import fc from 'fast-check'
import { expect, test } from 'vitest'
import { customArguments, customFunction, customInput } from '../../src/dialects/custom-tools.ts'

test('an input comes back from its arguments as it was, whatever it is', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (input) => customInput(customArguments(input)) === input))
})

test.each(['{"input":"half', '{}', '{"input":1}', '"text"', 'null', ''])(
  'arguments that are none, %j, are told as they stand',
  (json) => {
    expect(customInput(json)).toBe(json)
  },
)

test('a tool without words has no description', () => {
  expect(customFunction({ name: 'a', description: '' }).function).not.toHaveProperty('description', '')
  expect(customFunction({ name: 'a', description: null }).function.description).toBeUndefined()
})
