import type { AdoptedTable } from './adopted-table.ts'
import { flagAlias } from './column-roles.ts'
import { isOn } from './decode-flag.ts'

export type TableRow = Readonly<Record<string, unknown>>
/** Names of permissions by the id that they belong to. */
export type JoinedNames = ReadonlyMap<string, readonly string[]>

/** The services that a row permits; undefined for what cannot be read, which permits none. */
export type DecodePermissions = (row: TableRow, joined: JoinedNames) => 'all' | readonly string[] | undefined

/** Names are compared byte by byte; one that is no service of ours grants nothing. */
export function createDecodePermissions({ permissions, services }: AdoptedTable): DecodePermissions {
  const toService = (permission: string) => (Object.hasOwn(services, permission) ? services[permission] : permission)
  const toServices = (names: readonly string[] | undefined) => {
    const mapped = names?.map(toService).filter((name) => name !== undefined)
    return mapped === undefined ? undefined : [...new Set(mapped)].toSorted()
  }
  switch (permissions.from) {
    case 'all':
      return () => 'all'
    case 'columns': {
      const names = Object.keys(permissions.columns)
      return (row) => toServices(names.filter((_, index) => isOn(row[flagAlias(index)])))
    }
    case 'json':
      return (row) => toServices(readJson(row['permissions']))
    case 'csv':
      return (row) => toServices(readList(row['permissions'], permissions.separator))
    case 'join':
      return (row, joined) => toServices(joined.get(identify(row['id'])) ?? [])
  }
}

/** An id in one spelling; binary ones in hexadecimal. */
export function identify(id: unknown): string {
  if (id === null || id === undefined) return ''
  return id instanceof Uint8Array ? Buffer.from(id).toString('hex') : String(id)
}

/** An array of names, or an object that says of each name whether it is permitted. */
function readJson(value: unknown): readonly string[] | undefined {
  const text = asText(value)
  if (text === undefined) return value === null ? [] : undefined
  try {
    const permissions: unknown = JSON.parse(text)
    if (Array.isArray(permissions)) return permissions.filter((name) => typeof name === 'string')
    if (typeof permissions !== 'object') return undefined
    return Object.entries(permissions ?? {}).flatMap(([name, isPermitted]) => (isOn(isPermitted) ? [name] : []))
  } catch {
    return undefined
  }
}

function readList(value: unknown, separator: string): readonly string[] | undefined {
  if (value === null) return []
  const names = asText(value)?.split(separator)
  return names?.map((name) => name.trim()).filter((name) => name !== '')
}

function asText(value: unknown): string | undefined {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8')
  return typeof value === 'string' ? value : undefined
}
