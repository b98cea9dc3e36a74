import type { DatabaseKind } from '../../database/migrations.ts'
import type { AdoptedTable } from './adopted-table.ts'
import type { ColumnRole, WantedColumn, WantedTable } from './column-roles.ts'
import { findMisfit, kindFits } from './fit-column.ts'
import { nearestName } from './nearest-name.ts'
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

/**
 * A statement that makes a view with the wanted columns; undefined where one of them cannot be made out of anything. It
 * is one line, and its quotes survive a log in JSON: SQLite takes MySQL's too.
 */
export function writeView(plan: ViewPlan): string | undefined {
  const columns = new Map<string, string>()
  for (const wanted of plan.wanted.columns) {
    const source = sourceOf(plan, wanted)
    if (source === undefined) return undefined
    const remark = source.remark === undefined ? '' : ` /* ${source.remark} */`
    columns.set(wanted.column.toLowerCase(), `${source.text} AS ${quote(wanted.column)}${remark}`)
  }
  return `CREATE VIEW ${quoteName(plan.view)} AS SELECT ${[...columns.values()].join(', ')} FROM ${quoteName(plan.source)};`
}

interface Source {
  readonly text: string
  readonly remark?: string
}

/** Roles that nothing can stand in for. */
const guessedRoles: ReadonlySet<ColumnRole> = new Set(['token', 'permission-key', 'permission-name'])

function sourceOf(plan: ViewPlan, wanted: WantedColumn): Source | undefined {
  const own = plan.columns.find(({ name }) => name.toLowerCase() === wanted.column.toLowerCase())
  if (own !== undefined) {
    return findMisfit(own, wanted, plan.table) === undefined ? { text: quote(own.name) } : convert(plan, wanted, own)
  }
  const fitting = plan.columns.filter(({ kind }) => kindFits(kind, wanted.role, plan.table)).map(({ name }) => name)
  const nearest = nearestName(wanted.column, fitting)
  if (nearest?.isLikely) return { text: quote(nearest.name) }
  if (nearest !== undefined && guessedRoles.has(wanted.role)) {
    return { text: quote(nearest.name), remark: 'a guess: check it' }
  }
  const text = standIn(plan, wanted)
  return text === undefined ? undefined : { text, remark: 'nothing in the table is like it: check this' }
}

/** Only what keeps its meaning: a number's digits as text, and seconds where all times are UTC. */
function convert(plan: ViewPlan, { role }: WantedColumn, { name, kind }: ColumnFacts): Source | undefined {
  const column = quote(name)
  if (role === 'token' && kind === 'number') {
    return { text: `CAST(${column} AS ${plan.database === 'mysql' ? 'CHAR' : 'TEXT'})` }
  }
  const { type, timeZone } = plan.table.expires
  if (role !== 'expires' || plan.database !== 'mysql' || timeZone !== 'UTC') return undefined
  if (type === 'datetime' && kind === 'number') return { text: `FROM_UNIXTIME(${column})`, remark: 'of seconds' }
  if (kind !== 'datetime') return undefined
  if (type === 'unix') return { text: `UNIX_TIMESTAMP(${column})` }
  return type === 'unix-ms' ? { text: `UNIX_TIMESTAMP(${column}) * 1000` } : undefined
}

/** What a table says that has no such column: every row is active, none is revoked or expires, and none is permitted. */
function standIn({ database, table }: ViewPlan, { role }: WantedColumn): string | undefined {
  const typedNull = (type: string) => (database === 'mysql' ? `CAST(NULL AS ${type})` : 'NULL')
  switch (role) {
    case 'id':
    case 'name':
      return typedNull('CHAR')
    case 'active':
      return '1'
    case 'revoked':
      return typedNull('DATETIME')
    case 'expires':
      return typedNull({ datetime: 'DATETIME', date: 'DATE', unix: 'SIGNED', 'unix-ms': 'SIGNED' }[table.expires.type])
    case 'permission-flag':
      return '0'
    case 'permission-json':
      return "'[]'"
    case 'permission-csv':
      return "''"
    default:
      return undefined
  }
}

function quote(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

function quoteName(name: string): string {
  const { schema, table } = splitName(name)
  return schema === undefined ? quote(table) : `${quote(schema)}.${quote(table)}`
}
