import type { Database } from '../../database/database.ts'
import type { AdoptedTable } from './adopted-table.ts'
import { type WantedColumn, type WantedTable, wantedTables } from './column-roles.ts'
import { findMisfit } from './fit-column.ts'
import { nearestName } from './nearest-name.ts'
import { type ColumnFacts, listTables, readColumns } from './table-facts.ts'
import type { Mismatch } from './table-mismatch.ts'
import { writeView } from './write-view.ts'

export interface TableCheck {
  /** Empty when all is as the settings say. */
  readonly mismatches: readonly Mismatch[]
  /** Statements that would make views which satisfy the settings, each with what to do with it. */
  readonly views: readonly string[]
  /** MySQL converts TIMESTAMP columns, and our sessions have it convert them to UTC, whatever zone is configured. */
  readonly expiresInUtc: boolean
}

/** Compares an adopted table with what the settings say of it, without reading a row. Throws DatabaseError. */
export async function checkAdoptedTable(database: Database, table: AdoptedTable): Promise<TableCheck> {
  const checks: TablePart[] = []
  for (const wanted of wantedTables(table)) {
    const columns = await readColumns(database, wanted.name)
    checks.push(
      columns.length === 0
        ? await missingTable(database, table, wanted)
        : presentTable({ database, table, wanted, columns }),
    )
  }
  const [keys] = checks
  const expires = table.columns.expires?.toLowerCase()
  const expiresColumn = keys?.columns.find(({ name }) => name.toLowerCase() === expires)
  return {
    mismatches: checks.flatMap(({ mismatches }) => mismatches),
    views: checks.flatMap(({ view }) => (view === undefined ? [] : [view])),
    expiresInUtc: expiresColumn?.type === 'timestamp',
  }
}

interface TablePart {
  readonly columns: readonly ColumnFacts[]
  readonly mismatches: readonly Mismatch[]
  readonly view: string | undefined
}

interface PresentTable {
  readonly database: Database
  readonly table: AdoptedTable
  readonly wanted: WantedTable
  readonly columns: readonly ColumnFacts[]
}

async function missingTable(database: Database, table: AdoptedTable, wanted: WantedTable): Promise<TablePart> {
  const { name, setting } = wanted
  const nearest = nearestName(name.split('.').at(-1) ?? name, await listTables(database, name))?.name
  const end = nearest === undefined ? '.' : `; the nearest is ${nearest}.`
  const problem = `There is no table or view ${name} (${setting}) that the database's user may read${end}`
  const columns = nearest === undefined ? [] : await readColumns(database, besides(name, nearest))
  const view =
    columns.length === 0
      ? undefined
      : writeView({ database: database.kind, table, wanted, columns, source: besides(name, nearest ?? ''), view: name })
  return { columns, mismatches: [{ table: name, column: null, problem }], view: announce(view, 'A view would do:') }
}

/** Another table in the schema of the first. */
function besides(name: string, other: string): string {
  const dot = name.indexOf('.')
  return dot === -1 ? other : `${name.slice(0, dot)}.${other}`
}

function presentTable({ database, table, wanted, columns }: PresentTable): TablePart {
  const { name, setting } = wanted
  const mismatches = wanted.columns.flatMap((column) => {
    const problem = findProblem(table, wanted, columns, column)
    return problem === undefined ? [] : [{ table: name, column: column.column, problem }]
  })
  if (mismatches.length === 0) return { columns, mismatches, view: undefined }
  const view = besides(name, `${(name.split('.').at(-1) ?? name).slice(0, 50)}_for_gateway`)
  const text = writeView({ database: database.kind, table, wanted, columns, source: name, view })
  return { columns, mismatches, view: announce(text, `A view would do, with ${setting} set to ${view}:`) }
}

function announce(view: string | undefined, words: string): string | undefined {
  return view === undefined ? undefined : `${words} ${view}`
}

function findProblem(
  table: AdoptedTable,
  { name }: WantedTable,
  columns: readonly ColumnFacts[],
  wanted: WantedColumn,
): string | undefined {
  const column = columns.find((candidate) => candidate.name.toLowerCase() === wanted.column.toLowerCase())
  if (column === undefined) {
    const nearest = nearestName(
      wanted.column,
      columns.map((candidate) => candidate.name),
    )
    const end = nearest === undefined ? '.' : `; the nearest is ${nearest.name}.`
    return `${name} has no column ${wanted.column} (keys.table.${wanted.setting})${end}`
  }
  const misfit = findMisfit(column, wanted, table)
  return misfit === undefined ? undefined : `${name}.${column.name} (keys.table.${wanted.setting}) ${misfit}.`
}
