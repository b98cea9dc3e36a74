import { expect, test } from 'vitest'
import { isJsonObject } from '../../src/wire/is-json-object.ts'

test.each(['{}', ' {"a": [1]} ', '{"a":{}}'])('%s is an object', (json) => {
  expect(isJsonObject(json)).toBe(true)
})

test.each(['', 'null', '[]', '1', '"{}"', '{"a":', "{'a':1}", '{}{}'])('%s is none', (json) => {
  expect(isJsonObject(json)).toBe(false)
})
