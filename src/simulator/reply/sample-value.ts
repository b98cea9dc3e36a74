import { isJson, type Json } from '../request/read-field.ts'
import { createEffort, type Effort } from './effort.ts'

/** How deep optional properties are filled in; below, only required ones, so that recursive schemas end. */
const optionalDepthMax = 4
const depthMax = 24

/**
 * A value that is valid against a JSON schema, always the same one: the first of every choice, 1, true, and for text the
 * property's name. Patterns are not looked at. Where the effort is used up it ends, valid or not.
 */
export function sampleValue(schema: unknown, effort: Effort = createEffort()): unknown {
  const root = isJson(schema) ? schema : {}
  return sample(schema, 'simulated', 0)

  function sample(part: unknown, name: string, depth: number): unknown {
    if (!effort.spend(costOf(part) + name.length)) return null
    if (!isJson(part) || depth > depthMax) return null
    const chosen = choose(part)
    if (chosen !== undefined) return effort.spend(lengthOf(chosen.value)) ? chosen.value : null
    const branch = branchOf(part, root)
    if (branch !== undefined) return sample(branch, name, depth + 1)
    return sampleType(part, { name, depth, sample, effort })
  }
}

type Sample = (schema: unknown, name: string, depth: number) => unknown

/** To look at one schema: what is in it, and in those that will be merged. */
function costOf(schema: unknown): number {
  if (!isJson(schema)) return 1
  return 1 + sizeOf(schema) + listOf(schema['allOf']).reduce<number>((sum, part) => sum + sizeOf(part), 0)
}

function sizeOf(schema: unknown): number {
  return isJson(schema) ? Object.values(schema).reduce<number>((sum, value) => sum + 1 + countOf(value), 0) : 1
}

/** Of a list or an object its entries, of text its characters. */
function countOf(value: unknown): number {
  if (typeof value === 'string' || Array.isArray(value)) return value.length
  return isJson(value) ? Object.keys(value).length : 0
}

function lengthOf(value: unknown): number {
  return JSON.stringify(value)?.length ?? 0
}

function choose(schema: Json): { value: unknown } | undefined {
  if ('const' in schema) return { value: schema['const'] }
  if (Array.isArray(schema['enum'])) return { value: schema['enum'][0] }
  return undefined
}

/** The schema that this one stands for, if it is a reference or a choice. */
function branchOf(schema: Json, root: Json): Json | undefined {
  const reference = schema['$ref']
  if (typeof reference === 'string') return resolve(reference, root)
  const { anyOf, oneOf, allOf, $ref: _, ...rest } = schema
  const choices = [anyOf, oneOf].find((list) => Array.isArray(list))
  if (Array.isArray(choices) && isJson(choices[0])) return { ...rest, ...choices[0] }
  if (Array.isArray(allOf)) return mergeSchemas([rest, ...allOf.filter(isJson)])
  return undefined
}

function mergeSchemas(schemas: readonly Json[]): Json {
  const required = schemas.flatMap((schema) => listOf(schema['required']))
  const properties = schemas.flatMap((schema) => Object.entries(objectOf(schema['properties'])))
  return {
    ...Object.fromEntries(schemas.flatMap((schema) => Object.entries(schema))),
    ...(required.length > 0 && { required }),
    ...(properties.length > 0 && { properties: Object.fromEntries(properties) }),
  }
}

function resolve(reference: string, root: Json): Json | undefined {
  let value: unknown = root
  for (const step of reference.replace(/^#\/?/, '').split('/')) {
    if (step === '') continue
    value = isJson(value) ? value[step.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined
  }
  return isJson(value) ? value : undefined
}

interface Spot {
  readonly name: string
  readonly depth: number
  readonly sample: Sample
  readonly effort: Effort
}

function sampleType(schema: Json, spot: Spot): unknown {
  switch (typeOf(schema)) {
    case 'object':
      return sampleObject(schema, spot)
    case 'array':
      return sampleArray(schema, spot)
    case 'integer':
    case 'number':
      return sampleNumber(schema)
    case 'boolean':
      return true
    case 'null':
      return null
    default:
      return sampleText(schema, spot)
  }
}

function typeOf(schema: Json): unknown {
  const type = schema['type']
  if (Array.isArray(type)) return type.find((one) => one !== 'null') ?? 'null'
  if (type !== undefined) return type
  if ('properties' in schema) return 'object'
  return 'items' in schema ? 'array' : 'string'
}

function sampleObject(schema: Json, { depth, sample }: Spot): Json {
  const properties = objectOf(schema['properties'])
  const required = new Set(listOf(schema['required']).filter((name) => typeof name === 'string'))
  const names = [...new Set([...Object.keys(properties), ...required])]
  const wanted = names.filter((name) => depth < optionalDepthMax || required.has(name))
  return Object.fromEntries(wanted.map((name) => [name, sample(properties[name] ?? {}, name, depth + 1)]))
}

function sampleArray(schema: Json, { name, depth, sample, effort }: Spot): unknown[] {
  const prefix = listOf(schema['prefixItems']).map((item) => sample(item, name, depth + 1))
  const fewest = boundOf(schema['minItems']) ?? (depth < optionalDepthMax ? 1 : 0)
  const length = Math.max(prefix.length, Math.min(fewest, boundOf(schema['maxItems']) ?? fewest))
  const items = schema['items'] === false ? undefined : schema['items']
  while (prefix.length < length && effort.left > 0) prefix.push(sample(items ?? {}, name, depth + 1))
  return prefix
}

function sampleNumber(schema: Json): number {
  const step = boundOf(schema['multipleOf']) ?? 1
  const above = boundOf(schema['exclusiveMinimum'])
  const below = boundOf(schema['exclusiveMaximum'])
  const lowest = boundOf(schema['minimum']) ?? (above === undefined ? -Infinity : above + step)
  const highest = boundOf(schema['maximum']) ?? (below === undefined ? Infinity : below - step)
  const near = Math.max(lowest, Math.min(highest, 1))
  const stepped = Math.ceil(near / step) * step
  return Number.isFinite(stepped) && stepped <= highest ? stepped : near
}

const formats: ReadonlyMap<unknown, string> = new Map([
  ['date', '2026-01-01'],
  ['time', '12:00:00Z'],
  ['date-time', '2026-01-01T12:00:00Z'],
  ['duration', 'PT1S'],
  ['email', 'simulated@example.com'],
  ['hostname', 'example.com'],
  ['ipv4', '192.0.2.1'],
  ['ipv6', '2001:db8::1'],
  ['uri', 'https://example.com/simulated'],
  ['uuid', '00000000-0000-4000-8000-000000000000'],
])

function sampleText(schema: Json, { name, effort }: Spot): string {
  const format = formats.get(schema['format'])
  if (format !== undefined) return format
  const longest = boundOf(schema['maxLength']) ?? name.length
  const shortest = Math.min(Math.max(boundOf(schema['minLength']) ?? 0, 0), effort.left)
  effort.spend(shortest)
  return name.slice(0, longest).padEnd(shortest, '.')
}

function boundOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function objectOf(value: unknown): Json {
  return isJson(value) ? value : {}
}
