import { bounds } from '../chat/bounds.ts'
import type { JsonObject } from '../chat/chat-request.ts'
import { describeFound, invalidField } from '../chat/describe-mismatch.ts'
import { GatewayError } from '../chat/gateway-error.ts'
import { shownName } from '../wire/shown-name.ts'
import { hasUnboundedReference } from './schema-references.ts'

/** A tool's schema is only shown to the model: its size is all that matters. Throws GatewayError naming `field`. */
export function checkToolSchema(schema: JsonObject, field: string): void {
  const length = JSON.stringify(schema).length
  if (length > bounds.schemaLength) {
    throw invalidField(field, `${length} characters of schema`, `at most ${bounds.schemaLength}`)
  }
  if (isDeeperThan(schema, bounds.schemaDepth)) {
    throw invalidField(field, 'a deeper schema', `at most ${bounds.schemaDepth} nested levels`)
  }
}

/**
 * A reply's schema is compiled to a grammar inside the engine, where a regular expression or a recursive reference can
 * run without end, and a large count makes a large grammar. Throws GatewayError naming `field`.
 */
export function checkReplySchema(schema: JsonObject, field: string): void {
  checkToolSchema(schema, field)
  refuseKeywords(schema, field)
  if (hasUnboundedReference(schema)) throw unsupportedSchema(`${field}.$ref`)
}

function isDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return depth === 0 || Object.values(value).some((inner) => isDeeperThan(inner, depth - 1))
}

/** The maps whose keys are names of the caller's, not keywords of JSON Schema. */
const mapsOfSchemas = new Set(['properties', '$defs', 'definitions', 'dependentSchemas', 'dependencies'])
/** Regular expressions, and references that are resolved at run time. */
const unsafeKeywords = new Set(['pattern', 'patternProperties', 'format', '$recursiveRef', '$dynamicRef'])
/** Keywords that say how many of something there are. */
const countKeywords = new Set([
  ...['minItems', 'maxItems', 'minContains', 'maxContains'],
  ...['minLength', 'maxLength', 'minProperties', 'maxProperties'],
])
/** Keywords whose values are data. */
const dataKeywords = new Set(['enum', 'const', 'default', 'examples', 'required'])

function refuseKeywords(schema: unknown, field: string): void {
  if (Array.isArray(schema)) {
    schema.forEach((inner, index) => {
      refuseKeywords(inner, `${field}[${index}]`)
    })
    return
  }
  if (typeof schema !== 'object' || schema === null) return
  for (const [keyword, value] of Object.entries(schema)) {
    if (dataKeywords.has(keyword)) continue
    refuseKeyword(keyword, field)
    const inner = `${field}.${shownName(keyword)}`
    if (countKeywords.has(keyword)) checkCount(value, inner)
    if (mapsOfSchemas.has(keyword)) refuseInMap(value, inner)
    else refuseKeywords(value, inner)
  }
}

function refuseInMap(schemas: unknown, field: string): void {
  if (typeof schemas !== 'object' || schemas === null) return
  for (const [name, schema] of Object.entries(schemas)) refuseKeywords(schema, `${field}.${shownName(name)}`)
}

function refuseKeyword(keyword: string, field: string): void {
  if (!unsafeKeywords.has(keyword)) return
  throw unsupportedSchema(`${field}.${keyword}`)
}

function checkCount(count: unknown, field: string): void {
  if (count === null || (Number.isInteger(count) && Number(count) >= 0 && Number(count) <= bounds.schemaCount)) return
  throw invalidField(field, describeFound(count), `a whole number from 0 to ${bounds.schemaCount}`)
}

function unsupportedSchema(field: string): GatewayError {
  const message = `\`${field}\` is not supported in a reply's schema: it cannot be enforced safely.`
  return new GatewayError('unsupported-field', message, { field })
}
