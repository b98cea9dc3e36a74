import { nearestName } from '../wire/nearest-name.ts'
import type { AdoptedTable } from './adopted-table-schema.ts'
import type { MisfitDetails } from './misfit-details.ts'
import type { SettingPath } from './raw-map.ts'

export interface PermissionMisfit {
  readonly path: SettingPath
  readonly details: MisfitDetails
}

/** What an adopted table's settings say of services that there are not; left alone, they would grant nothing. */
export function findPermissionMisfits(table: AdoptedTable | null, services: readonly string[]): PermissionMisfit[] {
  if (table === null) return []
  const misfits = Object.entries(table.services).map(([permission, service]) => {
    return misfitOf(service, services, ['services', permission])
  })
  if (table.permissions.from !== 'columns') return misfits.filter((misfit) => misfit !== undefined)
  const known = [...services, ...Object.keys(table.services)]
  const permissions = Object.keys(table.permissions.columns)
  const unknown = permissions.map((permission) => misfitOf(permission, known, ['permissions', 'columns', permission]))
  return [...misfits, ...unknown].filter((misfit) => misfit !== undefined)
}

function misfitOf(name: string, known: readonly string[], path: SettingPath): PermissionMisfit | undefined {
  if (known.includes(name)) return undefined
  return { path, details: { found: `${JSON.stringify(name)}, which is no service`, nearest: nearestName(name, known) } }
}
