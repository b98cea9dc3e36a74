import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type Database, openDatabase } from '../../database/database.ts'
import { DatabaseError } from '../../database/database-error.ts'
import { firstMigration } from '../../database/migrations.ts'
import { sql } from '../../database/sql.ts'
import { openKeyAdmin } from '../../keys/open-key-admin.ts'
import type { Settings } from '../../settings/settings.ts'
import { examineClock } from './examine-clock.ts'
import { examineEncryption } from './examine-encryption.ts'
import { examinePermissions } from './examine-permissions.ts'
import { examineTables } from './examine-tables.ts'
import { explainDatabase } from './explain-database.ts'
import type { Finding } from './finding.ts'

const about = 'database'

/** The database as the gateway would find it. It is only looked at: an older version may be running on it. */
export async function examineDatabase(settings: Settings): Promise<readonly Finding[]> {
  const { database: where } = settings
  let database: Database | undefined
  try {
    if (where.kind === 'sqlite' && !existsSync(where.path)) return [describeNewFile(where.path)]
    database = openDatabase(where)
    const keys = await examineKeys(database, settings)
    const tables = await examineTables(database, settings)
    const encryption = await examineEncryption(database, where)
    return [...keys, ...tables, ...encryption, ...(await examineClockOf(database))]
  } catch (thrown) {
    return [{ about, state: 'bad', ...explainDatabase(thrown, settings) }]
  } finally {
    await database?.close()
  }
}

/** To open it would make it. Throws DatabaseError where it cannot be made. */
function describeNewFile(path: string): Finding {
  if (!canBeMade(path)) throw new DatabaseError('SQLITE_CANTOPEN')
  return { about, state: 'good', found: `none yet at ${resolve(path)}: the gateway makes it when it starts` }
}

/** Folders that are missing are made too. */
function canBeMade(path: string): boolean {
  const folder = dirname(resolve(path))
  if (!existsSync(folder)) return canBeMade(folder)
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
    return statSync(folder).isDirectory()
  } catch {
    return false
  }
}

async function examineKeys(database: Database, settings: Settings): Promise<readonly Finding[]> {
  const { table } = settings.keys
  const { store } = openKeyAdmin(database, table)
  // Our own are read as this version has them.
  const lacking = table === null ? await database.lacking() : []
  if (lacking.length > 0) {
    const count = lacking.includes(firstMigration) ? 0 : await countKeys(database)
    return [{ about, state: 'good', found: `${count} keys in ${store.describe()}` }]
  }
  const { records, problems } = await store.readAll()
  return [
    { about, state: 'good', found: `${records.length} keys in ${store.describe()}` },
    ...problems.map(
      (found): Finding => ({ about: 'keys', state: 'unsure', found, fix: 'Put the rows or keys.table right.' }),
    ),
    ...(table === null ? [] : examinePermissions(table.name, records, settings.services)),
  ]
}

async function countKeys({ kysely }: Database): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from gateway_keys`.execute(kysely)
  return Number(rows[0]?.count)
}

/** SQLite's clock is ours. */
async function examineClockOf({ kind, kysely }: Database): Promise<readonly Finding[]> {
  if (kind === 'sqlite') return []
  const { rows } = await sql<{ at: string }>`select unix_timestamp(now(3)) as at`.execute(kysely)
  return [examineClock('the database', Number(rows[0]?.at) * 1000, Date.now())]
}
