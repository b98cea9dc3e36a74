import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { DatabaseSettings } from '../database/database-settings.ts'
import { CliError } from './output.ts'

/**
 * SQLite makes a file of whatever is opened: in the wrong folder, a command that only looks would leave an empty database
 * behind and tell of a gateway without keys. Throws CliError.
 */
export function requireDatabase(database: DatabaseSettings): void {
  if (database.kind !== 'sqlite' || !isMissing(database.path)) return
  throw new CliError(
    `There is no database at ${resolve(database.path)}: \`serve\` and \`keys create\` make one. ` +
      '--config, --data-dir and --database-url say where it is.',
  )
}

/** What this user may not look at may well be there: opening it says why it cannot be used. */
function isMissing(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) === undefined
  } catch {
    return false
  }
}
