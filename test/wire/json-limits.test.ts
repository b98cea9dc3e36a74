import { describe, expect, test } from 'vitest'
import { findJsonFault } from '../../src/wire/json-limits.ts'

function nested(levels: number, [open, close]: readonly [string, string], inside = ''): unknown {
  return JSON.parse(open.repeat(levels) + inside + close.repeat(levels))
}

describe.each([
  ['lists', ['[', ']'], ''],
  ['objects', ['{"a":', '}'], '1'],
] as const)('nested %s', (_name, brackets, inside) => {
  test('may be 64 levels deep', () => {
    expect(findJsonFault(nested(64, brackets, inside))).toBeUndefined()
  })

  test('are a fault from 65 levels on, however many there are', () => {
    for (const levels of [65, 5000]) {
      const fault = findJsonFault(nested(levels, brackets, inside))
      expect(fault).toMatchObject({ found: 'more than 64 levels', wanted: 'at most 64 nested levels' })
      expect(fault?.path.length).toBeLessThanOrEqual(80)
    }
  })
})

describe('a number that does not fit', () => {
  test.each([
    ['as the whole body', '1e400', ''],
    ['as a field', '{"max_tokens":1e400}', 'max_tokens'],
    ['below zero', '{"temperature":-1e999}', 'temperature'],
    ['in a list', '[1,[2,1e400]]', '[1][1]'],
    ['deep inside', '{"a":{"b":[{"c":[0,{"d":1e400}]}]}}', 'a.b[0].c[1].d'],
  ])('is found %s', (_name, json, path) => {
    expect(findJsonFault(JSON.parse(json))).toMatchObject({ path, wanted: 'a finite number' })
  })

  test('is told from the largest one that does', () => {
    expect(findJsonFault(JSON.parse('{"a":1.7976931348623157e308,"b":-0,"c":1e-400}'))).toBeUndefined()
  })
})

describe('a key that pollutes prototypes', () => {
  test.each([
    ['at the top', '{"__proto__":{"admin":true}}', '__proto__'],
    ['in a list', '{"messages":[{"role":"user","__proto__":"x"}]}', 'messages[0].__proto__'],
    ['by way of the constructor', '{"a":{"constructor":{"prototype":{"admin":true}}}}', 'a.constructor'],
  ])('is found %s', (_name, json, path) => {
    expect(findJsonFault(JSON.parse(json))).toMatchObject({ path, wanted: 'another key' })
  })

  test('is told from a name that a schema may give to a property', () => {
    const json = '{"properties":{"constructor":{"type":"string"},"prototype":{"type":"string"}},"constructor":"x"}'
    expect(findJsonFault(JSON.parse(json))).toBeUndefined()
  })
})

test('a fault under a key of any length is told in a path that is short', () => {
  const key = 'k'.repeat(100_000)
  for (const json of [`{"${key}":1e400}`, `{"${key}":{"__proto__":1}}`, `{"${key}":[1e400]}`]) {
    expect(findJsonFault(JSON.parse(json))?.path.length).toBeLessThanOrEqual(80)
  }
})

test('everything that honest clients send is without fault', () => {
  for (const json of ['null', '"text"', '[]', '{}', '{"a":[null,true,"1e400",{"b":-1.5}]}']) {
    expect(findJsonFault(JSON.parse(json))).toBeUndefined()
  }
})
