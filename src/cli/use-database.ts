import { type Database, openDatabase } from '../database/database.ts'
import { readAsItIs } from '../database/read-as-it-is.ts'
import type { Settings, SettingsFlags } from '../settings/settings.ts'
import { explainStorage } from './explain-storage.ts'
import { requireDatabase } from './require-database.ts'
import { loadCliSettings } from './settings-options.ts'

/**
 * Opens the database that the settings name, which has to be there, for as long as a command uses it, and says in words why
 * it cannot. Nothing is migrated for a command that only looks.
 */
export async function useDatabase<Result>(
  flags: SettingsFlags,
  use: (database: Database, settings: Settings) => Promise<Result>,
): Promise<Result> {
  const { settings } = loadCliSettings(flags)
  requireDatabase(settings.database)
  let database: Database | undefined
  try {
    const opened = openDatabase(settings.database)
    database = opened
    return await readAsItIs(opened, () => use(opened, settings))
  } catch (thrown) {
    throw explainStorage(thrown, settings)
  } finally {
    await database?.close()
  }
}
