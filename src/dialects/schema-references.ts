import type { JsonObject } from '../chat/chat-request.ts'

/**
 * True where a schema's references lead back to themselves or out of the schema: a grammar of such a schema has no
 * bound. Only `#/$defs/…` and `#/definitions/…` are followed.
 */
export function hasUnboundedReference(schema: JsonObject): boolean {
  const finished = new Set<string>()

  function leadsBack(reference: string, path: ReadonlySet<string>): boolean {
    if (path.has(reference)) return true
    if (finished.has(reference)) return false
    const target = resolve(schema, reference)
    if (target === undefined) return true
    const further = new Set(path).add(reference)
    const found = referencesIn(target).some((inner) => leadsBack(inner, further))
    finished.add(reference)
    return found
  }

  return referencesIn(schema).some((reference) => leadsBack(reference, new Set()))
}

function resolve(schema: JsonObject, reference: string): unknown {
  const [, map, name] = /^#\/(\$defs|definitions)\/([^/]+)$/.exec(reference) ?? []
  if (map === undefined || name === undefined) return undefined
  const definitions = schema[map]
  if (typeof definitions !== 'object' || definitions === null || !Object.hasOwn(definitions, name)) return undefined
  return Reflect.get(definitions, name)
}

function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner] : referencesIn(inner),
  )
}
