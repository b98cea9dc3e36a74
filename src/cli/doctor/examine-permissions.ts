import { namedMax, nameFew } from '../../keys/adopted/name-few.ts'
import type { KeyRecord } from '../../keys/key-store.ts'
import type { Settings } from '../../settings/settings.ts'
import type { Finding } from './finding.ts'

/** Permissions of an adopted table that name no service, and so grant nothing. */
export function examinePermissions(
  table: string,
  records: readonly KeyRecord[],
  services: readonly Pick<Settings['services'][number], 'name'>[],
): readonly Finding[] {
  const names = services.map(({ name }) => name)
  const known = new Set<string>(names)
  const strange = records.flatMap(({ id, services: permitted }) =>
    permitted === 'all' ? [] : permitted.filter((name) => !known.has(name)).map((name) => ({ id, name })),
  )
  if (strange.length === 0) return []
  const keys = [...new Set(strange.map(({ id }) => id))]
  const meant = strange.flatMap(({ name }) => readMeaning(name, names))
  const hints = [...new Set(meant)].slice(0, namedMax)
  return [
    {
      about: 'keys',
      state: 'unsure',
      found:
        `${keys.length} ${keys.length === 1 ? 'key' : 'keys'} of ${table} with permissions that name no service ` +
        `and grant nothing (${nameFew(keys)})${hints.length === 0 ? '' : `, such as ${hints.join(', ')}`}`,
      fix: `The services are ${names.join(', ')}: map other names with keys.table.services, and see whether permissions.from is right.`,
    },
  ]
}

/** Of what a permission says, only what resembles a service is told: in a wrong column there may be secrets. */
function readMeaning(permission: string, services: readonly string[]): string[] {
  if (permission === '*') return ['* (no pattern: permissions.from all permits every service)']
  const service = services.find((name) => reduce(name) === reduce(permission))
  return service === undefined ? [] : [`${permission} for ${service}`]
}

function reduce(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
}
