import type { AdoptedTable } from './adopted-table.ts'

/** What a column is for. */
export type ColumnRole = 'token' | 'id' | 'name' | 'active' | 'revoked' | 'expires' | PermissionRole
type PermissionRole = 'permission-flag' | 'permission-json' | 'permission-csv' | 'permission-key' | 'permission-name'

export interface WantedColumn {
  readonly role: ColumnRole
  readonly column: string
  /** The name under which it is read. */
  readonly alias: string
  /** Where the settings name it. */
  readonly setting: string
}

/** One table of those that are read, and what is read of it. */
export interface WantedTable {
  readonly name: string
  readonly setting: string
  readonly columns: readonly WantedColumn[]
}

/** The table of the keys first, then that of their permissions where there is one. */
export function wantedTables(table: AdoptedTable): readonly WantedTable[] {
  const columns = [...keyColumns(table), ...permissionColumns(table)]
  const keys = { name: table.name, setting: 'keys.table.name', columns }
  const { permissions } = table
  if (permissions.from !== 'join') return [keys]
  const joined: WantedColumn[] = [
    { role: 'permission-key', column: permissions.key, alias: 'id', setting: 'permissions.key' },
    { role: 'permission-name', column: permissions.permission, alias: 'permission', setting: 'permissions.permission' },
  ]
  return [keys, { name: permissions.table, setting: 'keys.table.permissions.table', columns: joined }]
}

const keyRoles = ['token', 'id', 'name', 'active', 'revoked', 'expires'] as const

function keyColumns({ columns }: AdoptedTable): WantedColumn[] {
  return keyRoles.flatMap((role) => {
    const column = columns[role]
    return column === undefined ? [] : [{ role, column, alias: role, setting: `columns.${role}` }]
  })
}

function permissionColumns({ permissions }: AdoptedTable): WantedColumn[] {
  const setting = 'permissions.column'
  switch (permissions.from) {
    case 'json':
      return [{ role: 'permission-json', column: permissions.column, alias: 'permissions', setting }]
    case 'csv':
      return [{ role: 'permission-csv', column: permissions.column, alias: 'permissions', setting }]
    case 'columns':
      return Object.entries(permissions.columns).map(([permission, column], index) => ({
        role: 'permission-flag',
        column,
        alias: flagAlias(index),
        setting: `permissions.columns.${permission}`,
      }))
    default:
      return []
  }
}

/** Permissions may have any name; aliases are ours. */
export function flagAlias(index: number): string {
  return `permission_${index}`
}
