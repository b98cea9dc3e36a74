import { describe, expect, test } from 'vitest'
import { sampleValue } from '../../src/simulator/reply/sample-value.ts'

const tree = {
  $defs: {
    node: {
      type: 'object',
      properties: { value: { type: 'integer' }, next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] } },
      required: ['value'],
    },
  },
  $ref: '#/$defs/node',
}

describe('a sample of a schema', () => {
  test.each([
    [{ type: 'string' }, 'simulated'],
    [
      { type: 'object', properties: { city: { type: 'string' }, hot: { type: 'boolean' } } },
      { city: 'city', hot: true },
    ],
    [
      { properties: { a: { type: 'null' } }, required: ['a', 'b'] },
      { a: null, b: 'b' },
    ],
    [{ type: 'array', items: { type: 'integer' } }, [1]],
    [{ type: 'array', items: { type: 'integer' }, minItems: 3 }, [1, 1, 1]],
    [{ type: 'array', items: { type: 'integer' }, maxItems: 0 }, []],
    [{ type: 'array', prefixItems: [{ const: 'x' }, { type: 'number' }], items: false }, ['x', 1]],
    [{ enum: ['b', 'a'] }, 'b'],
    [{ const: { x: 1 } }, { x: 1 }],
    [{ anyOf: [{ type: 'integer' }, { type: 'string' }] }, 1],
    [{ oneOf: [{ type: 'boolean' }] }, true],
    [{ allOf: [{ properties: { a: { const: 1 } } }, { properties: { b: { const: 2 } } }] }, { a: 1, b: 2 }],
    [{ type: ['null', 'integer'] }, 1],
    [{ type: 'integer', minimum: 5 }, 5],
    [{ type: 'number', maximum: 0.5 }, 0.5],
    [{ type: 'integer', exclusiveMinimum: 3 }, 4],
    [{ type: 'integer', minimum: 7, multipleOf: 5 }, 10],
    [{ type: 'string', minLength: 12 }, 'simulated...'],
    [{ type: 'string', maxLength: 3 }, 'sim'],
    [{ type: 'string', format: 'date' }, '2026-01-01'],
    [{ properties: { a: { $ref: '#/properties/b' }, b: { type: 'boolean' } } }, { a: true, b: true }],
    [undefined, 'simulated'],
  ])('of %j is %j', (schema, value) => {
    expect(sampleValue(schema ?? {})).toEqual(value)
  })

  test('of a schema within itself ends', () => {
    const value = JSON.stringify(sampleValue(tree))
    expect(value).toMatch(/^\{"value":1,"next":\{"value":1/)
    expect(value.length).toBeLessThan(500)
  })
})
