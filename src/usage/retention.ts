import type { Database } from '../database/database.ts'
import { startOf } from './total-rows.ts'

const batchMax = 500

/**
 * Removes entries, and totals by the hour, that began before a time; the totals by the day stay. In small steps, so that
 * nobody waits for it. Resolves with whether there is more. Throws DatabaseError.
 */
export async function removeOld({ kysely }: Database, beforeMs: number): Promise<boolean> {
  // Whole days, so that the entries that are left still add up to the totals of their hours and days.
  const border = startOf(beforeMs, 'day')
  const old = await kysely
    .selectFrom('gateway_usage')
    .select('id')
    .where('started_at', '<', border)
    .orderBy('started_at')
    .limit(batchMax)
    .execute()
  if (old.length > 0) {
    const ids = old.map(({ id }) => id)
    await kysely.deleteFrom('gateway_usage').where('id', 'in', ids).execute()
  }
  if (old.length === batchMax) return true
  await kysely.deleteFrom('gateway_usage_totals').where('span', '=', 'hour').where('starts_at', '<', border).execute()
  return false
}
