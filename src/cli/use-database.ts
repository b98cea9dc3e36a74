import { type Database, openDatabase } from '../database/database.ts'
import { DatabaseError } from '../database/database-error.ts'
import { SchemaVersionError } from '../database/migrate.ts'
import type { Settings, SettingsFlags } from '../settings/settings.ts'
import { CliError } from './output.ts'
import { requireDatabase } from './require-database.ts'
import { loadCliSettings } from './settings-options.ts'

/** Opens the database that the settings name, which has to be there, for as long as a command uses it, and says in words why it cannot. */
export async function useDatabase<Result>(
  flags: SettingsFlags,
  use: (database: Database, settings: Settings) => Promise<Result>,
): Promise<Result> {
  const { settings } = loadCliSettings(flags)
  requireDatabase(settings.database)
  let database: Database | undefined
  try {
    database = openDatabase(settings.database)
    await database.migrate()
    return await use(database, settings)
  } catch (thrown) {
    if (thrown instanceof SchemaVersionError) throw new CliError(thrown.message)
    if (thrown instanceof DatabaseError) throw new CliError(`The database cannot be used: ${thrown.code}.`)
    throw thrown
  } finally {
    await database?.close()
  }
}
