import { type Kysely, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import { DatabaseError } from './database-error.ts'
import { type DatabaseKind, migrationsFor } from './migrations.ts'
import type { Schema } from './schema.ts'

const historyTable = 'gateway_migrations'
const lockTable = 'gateway_migrations_lock'

/** The database's tables are those of another version of the gateway. */
export class SchemaVersionError extends Error {
  readonly code: keyof typeof schemaWords

  constructor(code: keyof typeof schemaWords, migration: string) {
    super(schemaWords[code](migration))
    this.name = 'SchemaVersionError'
    this.code = code
  }
}

const schemaWords = {
  NEWER_SCHEMA: (migration: string) =>
    `The database belongs to a newer version of the gateway (it has the migration ${migration}, unknown here): ` +
    'start that version, or use another database.',
  OLDER_SCHEMA: (migration: string) =>
    `The database lacks the migration ${migration}, and this gateway is not to migrate (\`migrate: false\`): ` +
    'start one of this version that may, and this one goes on by itself.',
}

/**
 * Brings the tables up to date where it may, or only looks whether they are; several processes may do so at once. Throws
 * DatabaseError and SchemaVersionError.
 */
export async function migrate(kysely: Kysely<Schema>, kind: DatabaseKind, mayMigrate: boolean): Promise<void> {
  const migrations = migrationsFor(kind)
  const done = await readHistory(kysely)
  const newer = done.find((name) => migrations[name] === undefined)
  if (newer !== undefined) throw new SchemaVersionError('NEWER_SCHEMA', newer)
  // A user without the right to create tables is enough from then on.
  const missing = Object.keys(migrations).find((name) => !done.includes(name))
  if (missing === undefined) return
  if (!mayMigrate) throw new SchemaVersionError('OLDER_SCHEMA', missing)
  const migrator = new Migrator({
    db: kysely,
    provider: { getMigrations: async () => migrations },
    migrationTableName: historyTable,
    migrationLockTableName: lockTable,
  })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
}

async function readHistory(kysely: Kysely<Schema>): Promise<string[]> {
  try {
    const { rows } = await sql<{ name: string }>`select name from ${sql.table(historyTable)}`.execute(kysely)
    return rows.map(({ name }) => name)
  } catch (thrown) {
    if (thrown instanceof DatabaseError && thrown.code.endsWith('NO_SUCH_TABLE')) return []
    throw thrown
  }
}
