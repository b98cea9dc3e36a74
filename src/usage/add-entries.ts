import type { Database } from '../database/database.ts'
import { DatabaseError } from '../database/database-error.ts'
import type { GatewayUsageTable, GatewayUsageTotalsTable, Schema } from '../database/schema.ts'
import { CompiledQuery, type Transaction } from '../database/sql.ts'
import { isDuplicate } from './duplicate.ts'
import { entryColumns, packEntry } from './spooled-entry.ts'
import { summedNames, totalRows } from './total-rows.ts'

/**
 * Adds entries to the database, each once however often it comes, and to the totals in the same transaction. Resolves
 * with how many were new. Throws DatabaseError, and then nothing has been added.
 */
export async function addEntries(database: Database, entries: readonly GatewayUsageTable[]): Promise<number> {
  try {
    return await inTransaction(database, async () => entries)
  } catch (thrown) {
    if (!(thrown instanceof DatabaseError && isDuplicate(thrown))) throw thrown
    // Few ever come twice: to look before would cost all of them a fifth.
    return inTransaction(database, (transaction) => findNew(transaction, entries))
  }
}

function inTransaction(
  { kind, kysely }: Database,
  choose: (transaction: Transaction<Schema>) => Promise<readonly GatewayUsageTable[]>,
): Promise<number> {
  return kysely.transaction().execute(async (transaction) => {
    const entries = await choose(transaction)
    if (entries.length === 0) return 0
    await insert(transaction, 'gateway_usage', entryColumns, entries.map(packEntry))
    const totals = totalRows(entries).map((row) => totalNames.map((name) => row[name]))
    await insert(transaction, 'gateway_usage_totals', totalNames, totals, addition[kind])
    return entries.length
  })
}

/** Of entries that came twice the later one is right: the first was ended by somebody who believed its process gone. */
async function findNew(
  transaction: Transaction<Schema>,
  entries: readonly GatewayUsageTable[],
): Promise<readonly GatewayUsageTable[]> {
  const byId = new Map(entries.map((entry) => [entry.id, entry]))
  const ids = [...byId.keys()]
  const known = await transaction.selectFrom('gateway_usage').select('id').where('id', 'in', ids).execute()
  for (const { id } of known) byId.delete(id)
  return [...byId.values()]
}

const totalKey = ['span', 'starts_at', 'key_id', 'service', 'end_user'] as const
const totalNames = [
  ...totalKey,
  'key_name',
  ...summedNames,
] as const satisfies readonly (keyof GatewayUsageTotalsTable)[]

/** What becomes of totals that are there already. MariaDB knows no other word for the new row than `values`. */
const addition = {
  sqlite:
    ` on conflict (${totalKey.join(', ')}) do update set key_name = excluded.key_name, ` +
    summedNames.map((name) => `${name} = ${name} + excluded.${name}`).join(', '),
  mysql:
    ' on duplicate key update key_name = values(key_name), ' +
    summedNames.map((name) => `${name} = ${name} + values(${name})`).join(', '),
} as const satisfies Record<Database['kind'], string>

/** As text of our own names and question marks: a query builder would take longer than the database. */
async function insert(
  transaction: Transaction<Schema>,
  table: keyof Schema,
  names: readonly string[],
  rows: readonly (readonly unknown[])[],
  rest = '',
): Promise<void> {
  const marks = `(${names.map(() => '?').join(', ')})`
  const text = `insert into ${table} (${names.join(', ')}) values ${rows.map(() => marks).join(', ')}${rest}`
  await transaction.executeQuery(CompiledQuery.raw(text, rows.flat()))
}
