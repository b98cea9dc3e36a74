import { type Kysely, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import { DatabaseError } from './database-error.ts'
import { type DatabaseKind, migrationsFor } from './migrations.ts'
import type { Schema } from './schema.ts'

const historyTable = 'gateway_migrations'
const lockTable = 'gateway_migrations_lock'

/** The database has been used by a gateway that is newer than this one. */
export class NewerSchemaError extends Error {
  constructor(migration: string) {
    super(
      `The database belongs to a newer version of the gateway (it has the migration ${migration}, unknown here): ` +
        'start that version, or use another database.',
    )
    this.name = 'NewerSchemaError'
  }
}

/** Brings the tables up to date; several processes may do so at once. Throws DatabaseError and NewerSchemaError. */
export async function migrate(kysely: Kysely<Schema>, kind: DatabaseKind): Promise<void> {
  const migrations = migrationsFor(kind)
  const done = await readHistory(kysely)
  const newer = done.find((name) => migrations[name] === undefined)
  if (newer !== undefined) throw new NewerSchemaError(newer)
  // A user without the right to create tables is enough from then on.
  if (done.length === Object.keys(migrations).length) return
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
