import { type Database, openDatabase } from '../../database/database.ts'
import { DatabaseError } from '../../database/database-error.ts'
import { SchemaVersionError } from '../../database/migrate.ts'
import { sql } from '../../database/sql.ts'
import { TableMismatchError } from '../../keys/adopted/table-mismatch.ts'
import { openKeyAdmin } from '../../keys/open-key-admin.ts'
import type { Settings } from '../../settings/settings.ts'
import { adviseOnDatabase } from '../explain-storage.ts'
import { examineClock } from './examine-clock.ts'
import { examineEncryption } from './examine-encryption.ts'
import type { Finding } from './finding.ts'

/** The database as the gateway would use it: its tables brought up to date, its keys read. */
export async function examineDatabase(settings: Settings): Promise<readonly Finding[]> {
  const { database: where, keys } = settings
  const about = 'database'
  let database: Database | undefined
  try {
    database = openDatabase(where)
    const { store } = openKeyAdmin(database, keys.table)
    const { records, problems } = await store.readAll()
    const unusable = problems.map(
      (found): Finding => ({ about: 'keys', state: 'unsure', found, fix: 'Put the rows right.' }),
    )
    const found = `${records.length} keys in ${store.describe()}`
    const encryption = await examineEncryption(database, where)
    return [{ about, state: 'good', found }, ...unusable, ...encryption, ...(await examineClockOf(database))]
  } catch (thrown) {
    return [{ about, state: 'bad', ...explain(thrown, settings) }]
  } finally {
    await database?.close()
  }
}

/** SQLite's clock is ours. */
async function examineClockOf({ kind, kysely }: Database): Promise<readonly Finding[]> {
  if (kind === 'sqlite') return []
  const { rows } = await sql<{ at: string }>`select unix_timestamp(now(3)) as at`.execute(kysely)
  return [examineClock('the database', Number(rows[0]?.at) * 1000, Date.now())]
}

function explain(thrown: unknown, settings: Settings): { found: string; fix: string } {
  if (thrown instanceof TableMismatchError) {
    return {
      found: thrown.mismatches.map(({ problem }) => problem).join(' '),
      fix: thrown.views.join('\n') || 'Correct keys.table.',
    }
  }
  if (thrown instanceof SchemaVersionError) {
    const isNewer = thrown.code === 'NEWER_SCHEMA'
    return { found: thrown.message, fix: isNewer ? 'Run the newer version.' : 'Run one that may migrate.' }
  }
  if (thrown instanceof DatabaseError) {
    const usual = 'Check databaseUrl or GATEWAY_DATABASE_URL, the server, and the rights of its user.'
    return { found: thrown.message, fix: adviseOnDatabase(thrown.code, settings) ?? usual }
  }
  throw thrown
}
