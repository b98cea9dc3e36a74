import type { Database } from '../database/database.ts'
import type { GatewayUsageTable, GatewayUsageTotalsTable, Schema } from '../database/schema.ts'
import { CompiledQuery, type Transaction } from '../database/sql.ts'
import { summedNames, totalRows } from './total-rows.ts'

/**
 * Adds entries to the database, each once however often it comes, and to the totals in the same transaction. Resolves
 * with how many were new. Throws DatabaseError, and then nothing has been added.
 */
export async function addEntries({ kind, kysely }: Database, entries: readonly GatewayUsageTable[]): Promise<number> {
  // Of entries that came twice the later one is right: the first was ended by somebody who believed its process gone.
  const byId = new Map(entries.map((entry) => [entry.id, entry]))
  return kysely.transaction().execute(async (transaction) => {
    const ids = [...byId.keys()]
    const isKnown = `select id from gateway_usage where id in (${ids.map(() => '?').join(', ')})`
    const { rows: known } = await transaction.executeQuery<{ id: string }>(CompiledQuery.raw(isKnown, ids))
    for (const { id } of known) byId.delete(id)
    const fresh = [...byId.values()]
    if (fresh.length === 0) return 0
    await insert(transaction, 'gateway_usage', entryNames, fresh)
    await insert(transaction, 'gateway_usage_totals', totalNames, totalRows(fresh), addition[kind])
    return fresh.length
  })
}

const entryNames = [
  'id',
  'key_id',
  'key_name',
  'end_user',
  'service',
  'dialect',
  'route',
  'streamed',
  'started_at',
  'queue_ms',
  'first_token_ms',
  'total_ms',
  'prompt_tokens',
  'cached_tokens',
  'reasoning_tokens',
  'completion_tokens',
  'images',
  'audio_ms',
  'web_searches',
  'outcome',
  'finish_reason',
  'status',
  'price_version',
  'charge',
  'estimated',
] as const satisfies readonly (keyof GatewayUsageTable)[]

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
async function insert<Row extends object>(
  transaction: Transaction<Schema>,
  table: keyof Schema,
  names: readonly (keyof Row & string)[],
  rows: readonly Row[],
  rest = '',
): Promise<void> {
  const marks = `(${names.map(() => '?').join(', ')})`
  const text = `insert into ${table} (${names.join(', ')}) values ${rows.map(() => marks).join(', ')}${rest}`
  const values: unknown[] = []
  for (const row of rows) for (const name of names) values.push(row[name])
  await transaction.executeQuery(CompiledQuery.raw(text, values))
}
