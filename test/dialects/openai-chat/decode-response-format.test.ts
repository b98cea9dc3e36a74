import { describe, expect, test } from 'vitest'
import { failureNow } from '../../chat/failure-of.ts'
import { body, decoded, weather } from './decode.ts'

const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
const jsonSchema = { type: 'json_schema', json_schema: { name: 'answer', schema } }

describe('a response format', () => {
  test('of text is the same as none', () => {
    expect(decoded(body({ response_format: { type: 'text' } }))).toEqual(decoded(body()))
  })

  test('of any object is passed on', () => {
    expect(decoded(body({ response_format: { type: 'json_object', x: 1 } })).response_format).toEqual({
      type: 'json_object',
    })
  })

  test('with a schema is passed on with name, description and strict', () => {
    const full = { ...jsonSchema.json_schema, description: 'D', strict: true }
    const sent = { type: 'json_schema', json_schema: { ...full, x: 1 }, x: 1 }
    expect(decoded(body({ response_format: sent })).response_format).toEqual({ type: 'json_schema', json_schema: full })
    const nulls = { type: 'json_schema', json_schema: { ...jsonSchema.json_schema, description: null, strict: null } }
    expect(decoded(body({ response_format: nulls })).response_format).toEqual(jsonSchema)
  })

  test.each([
    [{ type: 'structural_tag' }, 'response_format.type'],
    [{}, 'response_format.type'],
    [{ type: 'json_schema' }, 'response_format.json_schema'],
    [{ type: 'json_schema', json_schema: { name: 'a' } }, 'response_format.json_schema.schema'],
    [{ type: 'json_schema', json_schema: { name: 'a b', schema } }, 'response_format.json_schema.name'],
    [{ type: 'json_schema', json_schema: { name: 'a', schema: 'x' } }, 'response_format.json_schema.schema'],
    ['json_object', 'response_format'],
  ])('%j is refused', (response_format, field) => {
    expect(failureNow(() => decoded(body({ response_format })))).toMatchObject({ kind: 'invalid-request', field })
  })

  test.each([
    ['a pattern', { pattern: '(a+)+$' }, 'response_format.json_schema.schema.pattern'],
    ['recursion', { items: { $ref: '#' } }, 'response_format.json_schema.schema.$ref'],
  ])('with %s in its schema is refused', (_name, unsafe, field) => {
    const response_format = { type: 'json_schema', json_schema: { name: 'a', schema: unsafe } }
    expect(failureNow(() => decoded(body({ response_format })))).toMatchObject({ kind: 'unsupported-field', field })
  })
})

describe('a response format beside tools', () => {
  test.each([jsonSchema, { type: 'json_object' }])(
    'goes on with them, because what is asked is for both: $type',
    (format) => {
      const request = decoded(body({ response_format: format, tools: [weather] }))
      expect(request).toMatchObject({ response_format: format, tools: [weather], tool_choice: 'auto' })
    },
  )

  test('is checked all the same', () => {
    const response_format = { type: 'json_schema', json_schema: { name: 'a', schema: { pattern: 'a' } } }
    expect(failureNow(() => decoded(body({ response_format, tools: [weather] }))).kind).toBe('unsupported-field')
  })
})
