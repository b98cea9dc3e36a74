import type { Database } from '../database/database.ts'
import { isIdentifier } from '../database/identifier.ts'
import type { GatewayUsageTable } from '../database/schema.ts'
import { sql } from '../database/sql.ts'
import { type Span, startOf, summedNames } from './total-rows.ts'

/** Entries of a time, of one key or of all; times are milliseconds since 1970. */
export interface EntryQuery {
  readonly keyId: string | undefined
  readonly sinceMs: number
  readonly untilMs: number
  readonly limit: number
  /** The last entry of the page before. */
  readonly before: EntryPlace | undefined
}

/** Where an entry stands among all: the newest come first. */
interface EntryPlace {
  readonly startedAtMs: number
  readonly id: string
}

export const groupings = ['hour', 'day', 'key', 'service', 'user'] as const
export type Grouping = (typeof groupings)[number]

export interface SummaryQuery {
  readonly keyId: string | undefined
  readonly service: string | undefined
  readonly by: Grouping
  readonly sinceMs: number
  readonly untilMs: number
  readonly limit: number
}

/** One group's sums. They may be larger than a number holds. */
export interface SummaryRow {
  /** What the rows have in common: the beginning of an hour or day, or a name. */
  readonly group: string | number
  readonly keyName: string
  readonly sums: Readonly<Record<(typeof summedNames)[number], bigint>>
}

export interface Summary {
  readonly rows: readonly SummaryRow[]
  /** The whole hours or days that were asked for, or lie around what was. */
  readonly sinceMs: number
  readonly untilMs: number
}

/** A page of entries, the newest first; read along an index, however many there are. Throws DatabaseError. */
export async function readEntries({ kysely }: Database, query: EntryQuery): Promise<GatewayUsageTable[]> {
  const { keyId, sinceMs, untilMs, limit, before } = query
  let select = kysely
    .selectFrom('gateway_usage')
    .selectAll()
    .where('started_at', '>=', sinceMs)
    .where('started_at', '<', untilMs)
  if (keyId !== undefined) select = select.where('key_id', '=', keyId)
  if (before !== undefined) {
    const { startedAtMs, id } = before
    select = select.where((either) =>
      either.or([
        either('started_at', '<', startedAtMs),
        either.and([either('started_at', '=', startedAtMs), either('id', '<', id)]),
      ]),
    )
  }
  return select.orderBy('started_at', 'desc').orderBy('id', 'desc').limit(limit).execute()
}

/** Hours are read for this long a time at most, days for a longer one. */
const hoursMaxMs = 40 * 86_400_000

const columns = { hour: 'starts_at', day: 'starts_at', key: 'key_id', service: 'service', user: 'end_user' } as const

/** Sums by group, from the totals alone. Throws DatabaseError. */
export async function summarise({ kysely }: Database, query: SummaryQuery): Promise<Summary> {
  const { keyId, service, by, limit } = query
  const span: Span = by !== 'day' && (by === 'hour' || query.untilMs - query.sinceMs <= hoursMaxMs) ? 'hour' : 'day'
  const sinceMs = startOf(query.sinceMs, span)
  const untilMs = startOf(query.untilMs - 1, span) + (span === 'hour' ? 3_600_000 : 86_400_000)
  if (service !== undefined && !isIdentifier(service)) return { rows: [], sinceMs, untilMs }
  const column = columns[by]
  let select = kysely
    .selectFrom('gateway_usage_totals')
    .select(column)
    .select(({ fn }) => [
      fn.max('key_name').as('name'),
      // As text: a driver would round what a number does not hold.
      ...summedNames.map((name) => sql<string>`cast(sum(${sql.ref(name)}) as char)`.as(name)),
    ])
    .where('span', '=', span)
    .where('starts_at', '>=', sinceMs)
    .where('starts_at', '<', untilMs)
  if (keyId !== undefined) select = select.where('key_id', '=', keyId)
  if (service !== undefined) select = select.where('service', '=', service)
  const found = await select.groupBy(column).orderBy(column).limit(limit).execute()
  const rows = found.map((row) => ({ group: Reflect.get(row, column), keyName: String(row.name), sums: sumsOf(row) }))
  return { rows, sinceMs, untilMs }
}

function sumsOf(row: Readonly<Record<(typeof summedNames)[number], string>>): SummaryRow['sums'] {
  const sums = Object.fromEntries(summedNames.map((name) => [name, BigInt(row[name])]))
  // Every name is there.
  return sums as SummaryRow['sums']
}
