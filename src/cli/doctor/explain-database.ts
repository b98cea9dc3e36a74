import { DatabaseError } from '../../database/database-error.ts'
import { SchemaVersionError } from '../../database/migrate.ts'
import { TableMismatchError } from '../../keys/adopted/table-mismatch.ts'
import type { Settings } from '../../settings/settings.ts'
import { adviseOnDatabase } from '../explain-storage.ts'

const versionFixes = {
  NEWER_SCHEMA: 'Run the newer version.',
  OLDER_SCHEMA: 'Run one that may migrate.',
  UNMIGRATED: 'Start the gateway.',
  CORRUPT_MIGRATIONS: 'Put a backup in its place, or name another database with databaseUrl or GATEWAY_DATABASE_URL.',
} satisfies Record<SchemaVersionError['code'], string>

/** What is wrong with a database, and what to do about it: also of what nobody thought of, so that the rest is told too. */
export function explainDatabase(thrown: unknown, settings: Settings): { found: string; fix: string } {
  if (thrown instanceof TableMismatchError) {
    return {
      found: thrown.mismatches.map(({ problem }) => problem).join(' '),
      fix: thrown.views.join('\n') || 'Correct keys.table.',
    }
  }
  if (thrown instanceof SchemaVersionError) return { found: thrown.message, fix: versionFixes[thrown.code] }
  const usual = 'Check databaseUrl or GATEWAY_DATABASE_URL, the server, and the rights of its user.'
  if (thrown instanceof DatabaseError) {
    return { found: thrown.message, fix: adviseOnDatabase(thrown, settings) ?? usual }
  }
  // Its message may hold what it was given.
  return {
    found: `it fails in a way that is not known (${thrown instanceof Error ? thrown.name : typeof thrown})`,
    fix: usual,
  }
}
