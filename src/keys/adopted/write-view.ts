import type { DatabaseKind } from '../../database/migrations.ts'
import type { AdoptedTable } from './adopted-table.ts'
import type { ColumnRole, WantedColumn, WantedTable } from './column-roles.ts'
import { findMisfit, kindFits } from './fit-column.ts'
import { byNearness } from './nearest-name.ts'
import { type ColumnFacts, splitName } from './table-facts.ts'

export interface ViewPlan {
  readonly database: DatabaseKind
  readonly table: AdoptedTable
  readonly wanted: WantedTable
  /** The table to look at, and what it has. */
  readonly source: string
  readonly columns: readonly ColumnFacts[]
  /** The view's own name. */
  readonly view: string
}

export interface WrittenView {
  readonly text: string
  /** False where something stands in for a column: its comment says what to put there. */
  readonly isComplete: boolean
}

/**
 * A statement that makes a view with the wanted columns; undefined where one of them is there and cannot be made what is
 * wanted. It may be pasted unread, so that no column is guessed: what stands in for a missing one lets nobody in. It is
 * one line, and its quotes survive a log in JSON: SQLite takes MySQL's too.
 */
export function writeView(plan: ViewPlan): WrittenView | undefined {
  const columns = new Map<string, string>()
  let isComplete = true
  for (const wanted of plan.wanted.columns) {
    const own = plan.columns.find(({ name }) => name.toLowerCase() === wanted.column.toLowerCase())
    if (own === undefined) isComplete = false
    const text = own === undefined ? standIn(plan, wanted) : takeOver(plan, wanted, own)
    if (text === undefined) return undefined
    columns.set(wanted.column.toLowerCase(), text)
  }
  const list = [...columns.values()].join(', ')
  return { text: `CREATE VIEW ${quoteName(plan.view)} AS SELECT ${list} FROM ${quoteName(plan.source)};`, isComplete }
}

/**
 * Only what keeps its meaning: a column as it is, and the digits of a whole number as text. Times are not converted: what
 * MySQL cannot make a time of becomes NULL, which is never.
 */
function takeOver({ table }: ViewPlan, wanted: WantedColumn, own: ColumnFacts): string | undefined {
  const name = quote(wanted.column)
  if (findMisfit(own, wanted, table) === undefined) return `${quote(own.name)} AS ${name}`
  const isPlainToken = wanted.role === 'token' && table.encoding === 'plain'
  return isPlainToken && wholeNumber.test(own.type) ? `CAST(${quote(own.name)} AS CHAR(20)) AS ${name}` : undefined
}

const wholeNumber = /^(tiny|small|medium|big)?int(eger)?\b/i

/** Something in a missing column's place, with a comment that says so. */
function standIn(plan: ViewPlan, wanted: WantedColumn): string {
  const text = standIns[wanted.role](plan.table)
  const effect = effects[wanted.role]
  const candidates = namesOfUnused(plan, wanted)
  const advice =
    candidates.length === 0
      ? 'no unused column is of a fitting kind'
      : `put the right column in place of ${text}, perhaps ${candidates.join(' or ')}`
  return `${text} AS ${quote(wanted.column)} /* stands in${effect}: ${advice} */`
}

/** What a row says that lets nobody in. It fits whatever the settings ask of the column's type. */
const standIns = {
  // As long as the longest hash: a shorter column would be refused.
  token: () => 'CAST(NULL AS CHAR(128))',
  id: () => 'NULL',
  name: () => 'NULL',
  active: () => '0',
  revoked: () => '1',
  expires: ({ expires }) => longAgo[expires.type],
  'permission-flag': () => '0',
  'permission-json': () => "'[]'",
  'permission-csv': () => "''",
  'permission-key': () => 'NULL',
  'permission-name': () => "''",
} as const satisfies Record<ColumnRole, (table: AdoptedTable) => string>

const longAgo = {
  datetime: "'2000-01-01 00:00:00'",
  date: "'2000-01-01'",
  unix: '946684800',
  'unix-ms': '946684800000',
} as const satisfies Record<AdoptedTable['expires']['type'], string>

const nobody = ' and keeps everybody out'
const nothing = ' and permits nothing'

const effects = {
  token: nobody,
  id: '',
  name: '',
  active: nobody,
  revoked: nobody,
  expires: nobody,
  'permission-flag': nothing,
  'permission-json': nothing,
  'permission-csv': nothing,
  'permission-key': nothing,
  'permission-name': nothing,
} as const satisfies Record<ColumnRole, string>

const candidatesMax = 5

/** What the table has besides what the settings name, of a kind that could be meant: the nearest names first. */
function namesOfUnused({ columns, wanted: { columns: used }, table }: ViewPlan, wanted: WantedColumn): string[] {
  const usedNames = new Set(used.map(({ column }) => column.toLowerCase()))
  const fitting = columns.filter(({ name, kind }) => {
    // What would end the comment is not named in it.
    const isQuotable = !/\*\/|\p{Cc}/u.test(name)
    return isQuotable && !usedNames.has(name.toLowerCase()) && kindFits(kind, wanted.role, table)
  })
  const names = fitting.map(({ name }) => name)
  return byNearness(wanted.column, names).slice(0, candidatesMax).map(quote)
}

function quote(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

function quoteName(name: string): string {
  const { schema, table } = splitName(name)
  return schema === undefined ? quote(table) : `${quote(schema)}.${quote(table)}`
}
