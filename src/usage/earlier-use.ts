import type { Database } from '../database/database.ts'

/** What was used before this process began, as the ledger has it. */
export interface EarlierUse {
  /** Everything that each key has been charged, in micro-units. */
  readonly spent: readonly (readonly [keyId: string, amount: number])[]
  /** Each request of the last minute, and sums by the hour of the last day. */
  readonly uses: readonly UseOfTokens[]
}

interface UseOfTokens {
  readonly keyId: string
  readonly endUser: string | null
  readonly service: string
  /** A single request of the last minute, or a sum that counts for the day. */
  readonly counts: 'minute' | 'day'
  readonly tokens: number
  /** How long ago; for a sum, since its hour was over, before which all of it was used. */
  readonly agoMs: number
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const minuteMs = 60_000

/** Reads it from roll-ups, and of single entries those of the last minute alone. Throws DatabaseError. */
export async function readEarlierUse({ kysely }: Database, nowMs: number): Promise<EarlierUse> {
  const spent = await kysely
    .selectFrom('gateway_usage_totals')
    .select(({ fn }) => ['key_id', fn.sum<number>('charge').as('charge')])
    .where('span', '=', 'day')
    .groupBy('key_id')
    .execute()
  const hours = await kysely
    .selectFrom('gateway_usage_totals')
    .select(['key_id', 'end_user', 'service', 'prompt_tokens', 'completion_tokens', 'starts_at'])
    .where('span', '=', 'hour')
    .where('starts_at', '>', nowMs - dayMs - hourMs)
    .orderBy('starts_at')
    .execute()
  const minute = await kysely
    .selectFrom('gateway_usage')
    .select(['key_id', 'end_user', 'service', 'prompt_tokens', 'completion_tokens', 'started_at'])
    .where('started_at', '>', nowMs - minuteMs)
    .execute()
  return {
    spent: spent.map(({ key_id, charge }) => [key_id, Number(charge)]),
    uses: [
      ...hours.map((row) => useOf(row, 'day', nowMs - Number(row.starts_at) - hourMs)),
      ...minute.map((row) => useOf(row, 'minute', nowMs - Number(row.started_at))),
    ],
  }
}

interface CountedRow {
  readonly key_id: string
  readonly end_user: string | null
  readonly service: string
  readonly prompt_tokens: number
  readonly completion_tokens: number
}

function useOf(row: CountedRow, counts: UseOfTokens['counts'], agoMs: number): UseOfTokens {
  const tokens = Number(row.prompt_tokens) + Number(row.completion_tokens)
  const whose = { keyId: row.key_id, endUser: row.end_user || null, service: row.service }
  return { ...whose, counts, tokens, agoMs: Math.max(0, agoMs) }
}
