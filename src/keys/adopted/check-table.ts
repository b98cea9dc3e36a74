import type { Database } from '../../database/database.ts'
import type { AdoptedTable } from './adopted-table.ts'
import { type WantedColumn, type WantedTable, wantedTables } from './column-roles.ts'
import type { ColumnTypes } from './decode-row.ts'
import { findMisfit } from './fit-column.ts'
import { byNearness } from './nearest-name.ts'
import { type ColumnFacts, isView, listTables, readColumns } from './table-facts.ts'
import type { Mismatch } from './table-mismatch.ts'
import { type WrittenView, writeView } from './write-view.ts'

export interface TableCheck {
  /** Empty when all is as the settings say. */
  readonly mismatches: readonly Mismatch[]
  /** Statements that would make views which satisfy the settings, each with what to do with it. */
  readonly views: readonly string[]
  readonly types: ColumnTypes
  /** What may be meant otherwise than the settings say, and cannot be found out: a sentence each. */
  readonly doubts: readonly string[]
}

/** Compares an adopted table with what the settings say of it, without reading a row. Throws DatabaseError. */
export async function checkAdoptedTable(database: Database, table: AdoptedTable): Promise<TableCheck> {
  const checks: TablePart[] = []
  for (const wanted of wantedTables(table)) {
    const columns = await readColumns(database, wanted.name)
    checks.push(
      columns.length === 0 ? await missingTable(database, wanted) : presentTable({ database, table, wanted, columns }),
    )
  }
  return {
    mismatches: checks.flatMap(({ mismatches }) => mismatches),
    views: checks.flatMap(({ view }) => (view === undefined ? [] : [view])),
    types: typesOf(table, checks[0]?.columns ?? []),
    doubts: await doubtZone(database, table, checks[0]?.columns ?? []),
  }
}

/** What a view makes of a TIMESTAMP is text in UTC, and nothing tells it from the text of another zone. */
async function doubtZone(database: Database, table: AdoptedTable, columns: readonly ColumnFacts[]): Promise<string[]> {
  const { type, timeZone } = table.expires
  const column = findColumn(columns, table.columns.expires ?? '')
  if (database.kind !== 'mysql' || type !== 'datetime' || timeZone === 'UTC' || column?.kind !== 'text') return []
  if (!(await isView(database, table.name))) return []
  const place = `${table.name}.${column.name} (keys.table.columns.expires)`
  return [
    `${place} is text made by a view, and is read in ${timeZone}: if the view makes it of a TIMESTAMP, it is in UTC, and keys may work for hours after their end: set keys.table.expires.timeZone to UTC then.`,
  ]
}

function typesOf(table: AdoptedTable, columns: readonly ColumnFacts[]): ColumnTypes {
  const typeOf = (name: string | undefined) => findColumn(columns, name ?? '')?.type
  return {
    expiresInUtc: typeOf(table.columns.expires) === 'timestamp',
    tokenIsPadded: typeOf(table.columns.token) === 'binary',
  }
}

function findColumn(columns: readonly ColumnFacts[], wanted: string): ColumnFacts | undefined {
  return columns.find(({ name }) => name.toLowerCase() === wanted.toLowerCase())
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

/** No view is given of the nearest: its tokens may be of another kind, such as those that reset passwords. */
async function missingTable(database: Database, { name, setting }: WantedTable): Promise<TablePart> {
  const ownName = name.split('.').at(-1) ?? name
  const [nearest] = byNearness(ownName, await listTables(database, name))
  const end = nearest === undefined ? '.' : `; the nearest is ${nearest}.`
  const problem =
    nearest === ownName
      ? `${name} (${setting}) is there, but the database shows none of its columns: what a view looks at, the user that defined it, or the right to SELECT from it may be gone.`
      : `There is no table or view ${name} (${setting}) that the database's user may read${end}`
  return { columns: [], mismatches: [{ table: name, column: null, problem }], view: undefined }
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
  const written = writeView({ database: database.kind, table, wanted, columns, source: name, view })
  return { columns, mismatches, view: written && announce(written, `${setting} set to ${view}`) }
}

function announce({ text, isComplete }: WrittenView, setting: string): string {
  return `A view would do${isComplete ? '' : ' once its comments are followed'}, with ${setting}: ${text}`
}

function findProblem(
  table: AdoptedTable,
  { name }: WantedTable,
  columns: readonly ColumnFacts[],
  wanted: WantedColumn,
): string | undefined {
  const column = findColumn(columns, wanted.column)
  if (column === undefined) {
    const names = columns.map((candidate) => candidate.name)
    const [nearest] = byNearness(wanted.column, names)
    const end = nearest === undefined ? '.' : `; the nearest is ${nearest}.`
    return `${name} has no column ${wanted.column} (keys.table.${wanted.setting})${end}`
  }
  const misfit = findMisfit(column, wanted, table)
  return misfit === undefined ? undefined : `${name}.${column.name} (keys.table.${wanted.setting}) ${misfit}.`
}
