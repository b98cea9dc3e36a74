import type { Database } from '../../src/database/database.ts'
import { sql } from '../../src/database/sql.ts'

/** From now on no line of the trail can be written, until the function that it resolves with is called. */
export async function failAuditWrites({ kind, kysely }: Database): Promise<() => Promise<void>> {
  const fail = kind === 'sqlite' ? "begin select raise(abort, 'no'); end" : "signal sqlstate '45000'"
  const each = kind === 'sqlite' ? '' : 'for each row'
  await sql.raw(`create trigger no_audit before insert on gateway_audit ${each} ${fail}`).execute(kysely)
  return async () => void (await sql.raw('drop trigger no_audit').execute(kysely))
}

const tables = [
  'gateway_keys',
  'gateway_key_terms',
  'gateway_key_secrets',
  'gateway_key_uses',
  'gateway_audit',
] as const

/** Everything in our tables of keys, a line a row. */
export async function tableTexts({ kysely }: Database): Promise<string[]> {
  const texts: string[] = []
  for (const table of tables) {
    const { rows } = await sql<object>`select * from ${sql.table(table)}`.execute(kysely)
    texts.push(...rows.map((row) => JSON.stringify(row)).toSorted())
  }
  return texts
}
