import { Ajv } from 'ajv'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { JsonObject } from '../../../src/chat/chat-request.ts'
import { decodeSchema } from '../../../src/dialects/gemini/decode-schema.ts'

test.for<readonly [string, JsonObject, JsonObject]>([
  ['types are lower-case', { type: 'STRING' }, { type: 'string' }],
  ['types in a list too', { type: ['STRING', 'NULL'] }, { type: ['string', 'null'] }],
  ['a type that is not said is left out', { type: 'TYPE_UNSPECIFIED' }, {}],
  ['nullable adds null to the type', { type: 'STRING', nullable: true }, { type: ['string', 'null'] }],
  [
    'and to the values',
    { type: 'STRING', enum: ['a'], nullable: true },
    { type: ['string', 'null'], enum: ['a', null] },
  ],
  [
    'and to the alternatives',
    { anyOf: [{ type: 'STRING' }], nullable: true },
    { anyOf: [{ type: 'string' }, { type: 'null' }] },
  ],
  ['not nullable adds nothing', { type: 'STRING', nullable: false }, { type: 'string' }],
  ['what only Google knows is left out', { type: 'OBJECT', propertyOrdering: ['a'], example: 1 }, { type: 'object' }],
  ['also in snake_case', { type: 'OBJECT', property_ordering: ['a'] }, { type: 'object' }],
  [
    'formats that say the type again are left out',
    { type: 'STRING', format: 'enum', enum: ['a'] },
    { type: 'string', enum: ['a'] },
  ],
  ['other formats stay', { type: 'STRING', format: 'date-time' }, { type: 'string', format: 'date-time' }],
  [
    '64-bit counts are numbers',
    { type: 'ARRAY', minItems: '1', max_items: '5' },
    { type: 'array', minItems: 1, maxItems: 5 },
  ],
  ['a count that is none stays for the check', { minItems: 'many' }, { minItems: 'many' }],
  [
    'properties make an object',
    { properties: { a: { type: 'STRING' } } },
    { type: 'object', properties: { a: { type: 'string' } } },
  ],
  ['an empty schema stays empty', {}, {}],
  [
    'snake_case keywords are spelt as JSON Schema has them',
    { any_of: [{ type: 'NUMBER' }] },
    { anyOf: [{ type: 'number' }] },
  ],
  ['fields that are null are left out', { type: 'OBJECT', description: null, items: null }, { type: 'object' }],
])('%s', ([_what, sent, wanted]) => {
  expect(decodeSchema(sent)).toEqual(wanted)
})

test('names of properties and data are the caller’s, whatever they are', () => {
  const schema = {
    type: 'object',
    properties: {
      type: { type: 'string' },
      nullable: { type: 'boolean' },
      example: {},
      min_items: { type: 'integer' },
    },
    required: ['min_items'],
    default: { type: 'STRING' },
    enum: [{ type: 'STRING' }],
    $defs: { any_of: { type: 'object' } },
  }
  expect(decodeSchema(schema)).toEqual(schema)
})

test('schemas inside schemas are decoded wherever they stand', () => {
  const inner = { type: 'STRING', nullable: true }
  const wanted = { type: ['string', 'null'] }
  for (const keyword of ['items', 'additionalProperties', 'not'])
    expect(decodeSchema({ [keyword]: inner })).toEqual({ [keyword]: wanted })
  for (const keyword of ['anyOf', 'oneOf', 'allOf', 'prefixItems']) {
    expect(decodeSchema({ [keyword]: [inner, true] })).toEqual({ [keyword]: [wanted, true] })
  }
  for (const keyword of ['$defs', 'definitions'])
    expect(decodeSchema({ [keyword]: { a: inner } })).toEqual({ [keyword]: { a: wanted } })
})

const { schema: googleSchema } = fc.letrec<{ schema: JsonObject }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.record(
      { type: fc.constantFrom('STRING', 'NUMBER', 'INTEGER', 'BOOLEAN'), nullable: fc.boolean() },
      { requiredKeys: ['type'] },
    ),
    fc.record({
      type: fc.constant('STRING'),
      format: fc.constant('enum'),
      enum: fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ type: fc.constant('ARRAY'), items: tie('schema'), maxItems: fc.nat(9).map(String) }),
    fc.record({
      type: fc.constant('OBJECT'),
      properties: fc.dictionary(fc.string(), tie('schema'), { maxKeys: 3 }),
      nullable: fc.boolean(),
    }),
    fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }), nullable: fc.boolean() }),
  ),
}))

test('whatever Google’s form says is JSON Schema in the end, and decoded twice it stays the same', () => {
  const ajv = new Ajv({ strictSchema: true, strictTypes: false })
  fc.assert(
    fc.property(googleSchema, (sent) => {
      const schema = decodeSchema(sent)
      expect(ajv.validateSchema(schema)).toBe(true)
      expect(decodeSchema(schema)).toEqual(schema)
      if (sent['nullable'] === true) expect(ajv.validate(schema, null)).toBe(true)
    }),
    { numRuns: 60 },
  )
})
