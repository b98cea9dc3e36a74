import type { JsonObject } from '../../chat/chat-request.ts'
import { camelCase } from './normalise-request.ts'

type JsonValue = JsonObject[string]

/** Of Google's own, without a meaning in JSON Schema. */
const dropped = new Set(['nullable', 'propertyOrdering', 'example'])
/** Formats that say what the type says; vLLM compiles none. */
const droppedFormats = new Set(['enum', 'int32', 'int64', 'float', 'double'])
/** 64-bit integers, which Google's JSON writes as text. */
const counts = new Set(['minItems', 'maxItems', 'minLength', 'maxLength', 'minProperties', 'maxProperties'])
const oneSchema = new Set(['items', 'additionalProperties', 'not', 'contains', 'propertyNames', 'if', 'then', 'else'])
const listsOfSchemas = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems'])
/** The names in these are the caller's. */
const mapsOfSchemas = new Set(['properties', '$defs', 'definitions', 'dependentSchemas', 'patternProperties'])

/**
 * JSON Schema from either of Google's two forms: its own, with upper-case types and `nullable`, or JSON Schema, in which
 * Gemini CLI writes upper-case types all the same. The depth of a body is bounded at the door.
 */
export function decodeSchema(schema: JsonObject): JsonObject {
  const fields = Object.entries(schema).flatMap(([name, value]) => decodeKeyword(camelCase(name), value))
  const decoded: JsonObject = Object.fromEntries(fields)
  const typed =
    decoded['type'] === undefined && decoded['properties'] !== undefined ? { type: 'object', ...decoded } : decoded
  return schema['nullable'] === true ? orNull(typed) : typed
}

function decodeKeyword(keyword: string, value: JsonValue): [string, JsonValue][] {
  if (value === null || dropped.has(keyword)) return []
  if (keyword === 'type') return decodeType(value)
  if (keyword === 'format' && typeof value === 'string' && droppedFormats.has(value)) return []
  if (counts.has(keyword)) return [[keyword, decodeCount(value)]]
  if (oneSchema.has(keyword)) return [[keyword, decodeInner(value)]]
  if (listsOfSchemas.has(keyword)) return [[keyword, isList(value) ? value.map(decodeInner) : value]]
  if (mapsOfSchemas.has(keyword)) return [[keyword, decodeMap(value)]]
  return [[keyword, value]]
}

function decodeType(type: JsonValue): [string, JsonValue][] {
  if (isList(type)) return [['type', type.map(lowerCase)]]
  return type === 'TYPE_UNSPECIFIED' ? [] : [['type', lowerCase(type)]]
}

function lowerCase(type: JsonValue): JsonValue {
  return typeof type === 'string' ? type.toLowerCase() : type
}

function decodeCount(value: JsonValue): JsonValue {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
}

function decodeInner(schema: JsonValue): JsonValue {
  return isObject(schema) ? decodeSchema(schema) : schema
}

function decodeMap(schemas: JsonValue): JsonValue {
  if (!isObject(schemas)) return schemas
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, decodeInner(schema)]))
}

/** A list of values must hold null as well, or it would still be refused. */
function orNull({ type, enum: values, ...rest }: JsonObject): JsonObject {
  const listed = values === undefined ? {} : { enum: isList(values) ? [...values, null] : values }
  if (type !== undefined) return { type: isList(type) ? [...type, 'null'] : [type, 'null'], ...listed, ...rest }
  if (isList(rest['anyOf'])) return { ...listed, ...rest, anyOf: [...rest['anyOf'], { type: 'null' }] }
  return { ...listed, ...rest }
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value)
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !isList(value)
}
