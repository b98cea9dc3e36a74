import { type Kysely, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import { DatabaseError } from './database-error.ts'
import { type DatabaseKind, migrationsFor } from './migrations.ts'
import type { Schema } from './schema.ts'

const historyTable = 'gateway_migrations'
const lockTable = 'gateway_migrations_lock'

/** The database's tables are those of another version of the gateway, or of none. */
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
  UNMIGRATED: (migration: string) =>
    `The database has not been migrated to this version yet (it lacks the migration ${migration}): ` +
    'start the gateway, which migrates it, or use the version that it is of.',
  CORRUPT_MIGRATIONS: (migration: string) =>
    `The history of the database's migrations (${historyTable}) is none that a released version leaves behind ` +
    `(see the migration ${migration}): put a backup in its place, or use another database.`,
}

/** The migrations that this version would apply, in order. Changes nothing. Throws DatabaseError and SchemaVersionError. */
export async function findLacking(kysely: Kysely<Schema>, kind: DatabaseKind): Promise<readonly string[]> {
  const known = Object.keys(migrationsFor(kind)).toSorted()
  const done = await readHistory(kysely)
  const last = known.at(-1) ?? ''
  // A new migration's name comes after all others.
  const newer = done.find((name) => name > last)
  if (newer !== undefined) throw new SchemaVersionError('NEWER_SCHEMA', newer)
  const lacking = known.filter((name) => !done.includes(name))
  const strange = done.find((name, index) => !known.includes(name) || (lacking.length > 0 && name !== known[index]))
  if (strange !== undefined) throw new SchemaVersionError('CORRUPT_MIGRATIONS', strange)
  return lacking
}

/**
 * Brings the tables up to date where it may, or only looks whether they are; several processes may do so at once. Throws
 * DatabaseError and SchemaVersionError.
 */
export async function migrate(kysely: Kysely<Schema>, kind: DatabaseKind, mayMigrate: boolean): Promise<void> {
  // A user without the right to create tables is enough where nothing is lacking.
  const [first] = await findLacking(kysely, kind)
  if (first === undefined) return
  if (!mayMigrate) throw new SchemaVersionError('OLDER_SCHEMA', first)
  const migrator = new Migrator({
    db: kysely,
    provider: { getMigrations: async () => migrationsFor(kind) },
    migrationTableName: historyTable,
    migrationLockTableName: lockTable,
  })
  const { error } = await migrator.migrateToLatest()
  if (isAboutHistory(error)) throw new SchemaVersionError('CORRUPT_MIGRATIONS', first)
  if (error !== undefined) throw error
}

/** Kysely has no class for it. */
function isAboutHistory(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('corrupted migrations')
}

/** In the order in which they were applied. */
async function readHistory(kysely: Kysely<Schema>): Promise<string[]> {
  try {
    const { rows } = await sql<{
      name: string
    }>`select name from ${sql.table(historyTable)} order by timestamp, name`.execute(kysely)
    return rows.map(({ name }) => name)
  } catch (thrown) {
    if (thrown instanceof DatabaseError && thrown.isAboutMissingTable) return []
    throw thrown
  }
}
