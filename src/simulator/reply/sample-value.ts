import { isJson, type Json } from '../request/read-field.ts'

/** How deep optional properties are filled in; below, only required ones, so that recursive schemas end. */
const optionalDepthMax = 4
const depthMax = 24

/**
 * A value that is valid against a JSON schema, always the same one: the first of every choice, 1, true, and for text the
 * property's name. Patterns are not looked at.
 */
export function sampleValue(schema: unknown, name = 'simulated'): unknown {
  const root = isJson(schema) ? schema : {}
  return sample(schema, name, 0)

  function sample(part: unknown, partName: string, depth: number): unknown {
    if (!isJson(part) || depth > depthMax) return null
    const chosen = choose(part)
    if (chosen !== undefined) return chosen.value
    const branch = branchOf(part, root)
    if (branch !== undefined) return sample(branch, partName, depth + 1)
    return sampleType(part, { name: partName, depth, sample })
  }
}

type Sample = (schema: unknown, name: string, depth: number) => unknown

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
  if (Array.isArray(allOf)) return allOf.filter(isJson).reduce((merged, part) => mergeSchemas(merged, part), rest)
  return undefined
}

function mergeSchemas(left: Json, right: Json): Json {
  const required = [...listOf(left['required']), ...listOf(right['required'])]
  const properties = { ...objectOf(left['properties']), ...objectOf(right['properties']) }
  return {
    ...left,
    ...right,
    ...(required.length > 0 && { required }),
    ...(Object.keys(properties).length > 0 && { properties }),
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
      return sampleText(schema, spot.name)
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
  const required = new Set(listOf(schema['required']))
  const names = [...new Set([...Object.keys(properties), ...listOf(schema['required']).map(String)])]
  const wanted = names.filter((name) => depth < optionalDepthMax || required.has(name))
  return Object.fromEntries(wanted.map((name) => [name, sample(properties[name] ?? {}, name, depth + 1)]))
}

function sampleArray(schema: Json, { name, depth, sample }: Spot): unknown[] {
  const prefix = listOf(schema['prefixItems']).map((item) => sample(item, name, depth + 1))
  const fewest = boundOf(schema['minItems']) ?? (depth < optionalDepthMax ? 1 : 0)
  const length = Math.max(prefix.length, Math.min(fewest, boundOf(schema['maxItems']) ?? fewest))
  const items = schema['items'] === false ? undefined : schema['items']
  while (prefix.length < length) prefix.push(sample(items ?? {}, name, depth + 1))
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
  return stepped <= highest ? stepped : near
}

const formats: Readonly<Record<string, string>> = {
  date: '2026-01-01',
  time: '12:00:00Z',
  'date-time': '2026-01-01T12:00:00Z',
  duration: 'PT1S',
  email: 'simulated@example.com',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/simulated',
  uuid: '00000000-0000-4000-8000-000000000000',
}

function sampleText(schema: Json, name: string): string {
  const format = formats[String(schema['format'])]
  if (format !== undefined) return format
  const longest = boundOf(schema['maxLength']) ?? name.length
  return name.slice(0, longest).padEnd(boundOf(schema['minLength']) ?? 0, '.')
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
