import type { Database } from '../../database/database.ts'
import { firstMigration } from '../../database/migrations.ts'
import type { Settings } from '../../settings/settings.ts'
import { explainDatabase } from './explain-database.ts'
import { findMissingRights } from './find-missing-rights.ts'
import type { Finding } from './finding.ts'
import { migrationTables, ownTables } from './own-tables.ts'

const about = 'tables'
const namedMax = 4

/** Whether the gateway's own tables are there, may be made, and may be written. Makes and changes none. */
export async function examineTables(database: Database, settings: Settings): Promise<readonly Finding[]> {
  try {
    const lacking = await database.lacking()
    const denied = await examineRights(database, settings, lacking)
    return denied === undefined ? [describeSchema(settings, lacking)] : [denied]
  } catch (thrown) {
    return [{ about, state: 'bad', ...explainDatabase(thrown, settings) }]
  }
}

/** SQLite knows no rights but those of its file. */
async function examineRights(
  database: Database,
  { database: where }: Settings,
  lacking: readonly string[],
): Promise<Finding | undefined> {
  if (where.kind === 'sqlite') return undefined
  const mayCreate = lacking.length > 0 && where.mayMigrate !== false
  const tables = mayCreate ? { ...migrationTables, ...ownTables } : ownTables
  const missing = await findMissingRights(database, tables, mayCreate)
  if (missing.length === 0) return undefined
  const more = missing.length > namedMax ? `; and on ${missing.length - namedMax} more` : ''
  return {
    about,
    state: 'bad',
    found: `the user of the database lacks ${missing.slice(0, namedMax).join('; ')}${more}: what belongs there cannot be stored`,
    fix: `GRANT CREATE, SELECT, INSERT, UPDATE, DELETE ON \`${where.database}\`.* TO its user; config/README.md tells what is enough.`,
  }
}

function describeSchema({ database: where }: Settings, lacking: readonly string[]): Finding {
  if (lacking.length === 0) return { about, state: 'good', found: 'up to date' }
  if (where.mayMigrate === false) {
    const found = `the migrations ${lacking.join(', ')} are missing, and this gateway is not to migrate`
    return { about, state: 'bad', found, fix: 'Start one that may; until then this one is not ready.' }
  }
  if (lacking.includes(firstMigration))
    return { about, state: 'good', found: 'none yet: the gateway makes them when it starts' }
  return {
    about,
    state: 'unsure',
    found: `those of an older version: when this one starts, it applies ${lacking.join(', ')}`,
    fix: 'Back the database up before: an older version does not start on it afterwards.',
  }
}
