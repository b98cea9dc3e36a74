import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/chat/chat-request.ts'
import { checkReplySchema, checkToolSchema } from '../../src/dialects/schema-rules.ts'
import { failureNow } from '../chat/failure-of.ts'

/** A schema of objects inside objects; every one takes two levels of JSON. */
function nestedSchema(levels: number): JsonObject {
  return levels === 1 ? { type: 'object' } : { type: 'object', properties: { inner: nestedSchema(levels - 1) } }
}

describe.each([
  ['a tool', checkToolSchema],
  ['a reply', checkReplySchema],
])('the schema of %s', (_name, check) => {
  test('may take 16,384 characters, and not one more', () => {
    const empty = JSON.stringify({ description: '' }).length
    expect(() => check({ description: 'x'.repeat(16_384 - empty) }, 'schema')).not.toThrow()
    const failure = failureNow(() => check({ description: 'x'.repeat(16_385 - empty) }, 'schema'))
    expect(failure).toMatchObject({ kind: 'invalid-request', field: 'schema' })
    expect(failure.message).toBe('`schema`: found 16385 characters of schema, wanted at most 16384.')
  })

  test('may nest ten objects, and not many more', () => {
    expect(() => check(nestedSchema(10), 'schema')).not.toThrow()
    const failure = failureNow(() => check(nestedSchema(12), 'schema'))
    expect(failure).toMatchObject({ kind: 'invalid-request', field: 'schema' })
  })
})

test('the schema of a tool may hold what only a reply’s may not', () => {
  const schema = { properties: { mail: { type: 'string', format: 'email', pattern: '^.+@' } }, $ref: '#' }
  expect(() => checkToolSchema(schema, 'schema')).not.toThrow()
})

describe('the schema of a reply is refused for', () => {
  test.each<[string, JsonObject, string]>([
    ['a pattern', { pattern: '(a+)+$' }, 'schema.pattern'],
    ['a pattern of a property', { properties: { a: { pattern: 'a' } } }, 'schema.properties.a.pattern'],
    ['patterns of names', { patternProperties: { a: {} } }, 'schema.patternProperties'],
    ['a format', { items: { format: 'date' } }, 'schema.items.format'],
    ['a pattern in a list of schemas', { anyOf: [{}, { pattern: 'a' }] }, 'schema.anyOf[1].pattern'],
    ['a pattern in a definition nobody uses', { $defs: { a: { pattern: 'a' } } }, 'schema.$defs.a.pattern'],
    [
      'a pattern of a property named enum',
      { properties: { enum: { pattern: 'a' } } },
      'schema.properties.enum.pattern',
    ],
    [
      'a pattern of a dependent schema',
      { dependentSchemas: { enum: { pattern: 'a' } } },
      'schema.dependentSchemas.enum.pattern',
    ],
    [
      'a pattern of a dependency',
      { dependencies: { default: { pattern: 'a' } } },
      'schema.dependencies.default.pattern',
    ],
    ['a dynamic reference', { $dynamicRef: '#a' }, 'schema.$dynamicRef'],
    ['a recursive reference', { $recursiveRef: '#' }, 'schema.$recursiveRef'],
  ])('%s', (_name, schema, field) => {
    expect(failureNow(() => checkReplySchema(schema, 'schema'))).toMatchObject({ kind: 'unsupported-field', field })
  })

  test.each<[string, JsonObject]>([
    ['itself', { properties: { child: { $ref: '#' } } }],
    ['a definition that refers to itself', { $ref: '#/$defs/a', $defs: { a: { items: { $ref: '#/$defs/a' } } } }],
    [
      'two definitions that refer to each other',
      {
        properties: { a: { $ref: '#/definitions/a' } },
        definitions: { a: { items: { $ref: '#/definitions/b' } }, b: { items: { $ref: '#/definitions/a' } } },
      },
    ],
    ['recursion in a definition nobody uses', { $defs: { a: { items: { $ref: '#/$defs/a' } } } }],
    ['an address elsewhere', { $ref: 'https://example.org/schema.json' }],
    ['a file', { $ref: 'file:///etc/passwd' }],
    ['a place that is no definition', { properties: { a: {} }, items: { $ref: '#/properties/a' } }],
    ['a definition that is not there', { $ref: '#/$defs/a' }],
    ['a definition that every object has', { $ref: '#/$defs/constructor', $defs: {} }],
  ])('a reference to %s', (_name, schema) => {
    expect(failureNow(() => checkReplySchema(schema, 'schema'))).toMatchObject({
      kind: 'unsupported-field',
      field: 'schema.$ref',
    })
  })
})

describe('a count in the schema of a reply', () => {
  const keywords = [
    ...['minItems', 'maxItems', 'minContains', 'maxContains'],
    ...['minLength', 'maxLength', 'minProperties', 'maxProperties'],
  ]

  test.each(keywords)('may be 10,000 and not one more: %s', (keyword) => {
    expect(() => checkReplySchema({ items: { [keyword]: 10_000 } }, 'schema')).not.toThrow()
    const failure = failureNow(() => checkReplySchema({ items: { [keyword]: 10_001 } }, 'schema'))
    expect(failure).toMatchObject({ kind: 'invalid-request', field: `schema.items.${keyword}` })
    expect(failure.message).toContain('found 10001, wanted a whole number from 0 to 10000.')
  })

  test.each([1e300, Number.POSITIVE_INFINITY, -1, 0.5, '100000000', [5], {}])('is not %j', (count) => {
    const failure = failureNow(() => checkReplySchema({ minItems: count as JsonObject[string] }, 'schema'))
    expect(failure).toMatchObject({ kind: 'invalid-request', field: 'schema.minItems' })
  })

  test('is what it is in data and in names of properties', () => {
    const schema = { properties: { minItems: { const: { minItems: 1e9 } } }, default: { maxLength: 1e9 } }
    expect(() => checkReplySchema(schema, 'schema')).not.toThrow()
    expect(() => checkReplySchema({ maxItems: null }, 'schema')).not.toThrow()
  })

  test('is not looked at in the schema of a tool, which is no grammar', () => {
    expect(() => checkToolSchema({ properties: { text: { maxLength: 1e9 } } }, 'schema')).not.toThrow()
  })
})

describe('the schema of a reply may have', () => {
  test.each<[string, JsonObject]>([
    ['properties by the names of keywords', { properties: { pattern: { type: 'string' }, format: {}, $ref: {} } }],
    [
      'keywords as data',
      { enum: ['pattern'], const: { pattern: 'a' }, default: { format: 'b' }, required: ['pattern'] },
    ],
    ['a definition used many times', { items: { $ref: '#/$defs/a' }, not: { $ref: '#/$defs/a' }, $defs: { a: {} } }],
    [
      'definitions that refer onwards',
      { $ref: '#/$defs/a', $defs: { a: { items: { $ref: '#/$defs/b' } }, b: { type: 'string' } } },
    ],
    ['nothing', {}],
  ])('%s', (_name, schema) => {
    expect(() => checkReplySchema(schema, 'schema')).not.toThrow()
  })

  test('many references that fan out, without taking long', () => {
    const names = Array.from({ length: 200 }, (_, index) => `d${index}`)
    const $defs = Object.fromEntries(
      names.map((name, index) => {
        const next = names[index + 1]
        return [
          name,
          next === undefined ? {} : { items: { $ref: `#/$defs/${next}` }, not: { $ref: `#/$defs/${next}` } },
        ]
      }),
    )
    const from = performance.now()
    checkReplySchema({ $ref: '#/$defs/d0', $defs }, 'schema')
    expect(performance.now() - from).toBeLessThan(1000)
  })
})

test('a property name of unbearable length is not repeated', () => {
  const schema = { properties: { ['x'.repeat(10_000)]: { pattern: 'a' } } }
  expect(failureNow(() => checkReplySchema(schema, 'schema')).message.length).toBeLessThan(300)
})
