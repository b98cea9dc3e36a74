import type { Database } from '../../../src/database/database.ts'
import { sql } from '../../../src/database/sql.ts'
import type { AdoptedTable } from '../../../src/keys/adopted/adopted-table.ts'

export const plainTable: AdoptedTable = {
  name: 'api_tokens',
  encoding: 'plain',
  columns: { token: 'token' },
  expires: { type: 'datetime', timeZone: 'UTC' },
  permissions: { from: 'all' },
  services: {},
}

/** Runs statements as they are written. */
export async function runAll(database: Database, ...statements: string[]): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(database.kysely)
}
