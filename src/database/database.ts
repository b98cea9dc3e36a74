import { type Dialect, Kysely, MysqlDialect } from 'kysely'
import type { DatabaseSettings, Deadlines, MysqlSettings, SqliteSettings } from './database-settings.ts'
import { findLacking, migrate } from './migrate.ts'
import type { DatabaseKind } from './migrations.ts'
import type { Schema } from './schema.ts'
import { LockingSqliteDialect } from './sqlite-dialect.ts'
import { openSqliteFile } from './sqlite-file.ts'

const usualDeadlines: Deadlines = { acquireMs: 1000, queryMs: 3000 }

/** Every query has a deadline of its own. Whatever fails throws a DatabaseError, which holds no SQL and no values. */
export interface Database {
  readonly kind: DatabaseKind
  /** Where it is, for people and without secrets: a path, or `user@host:port/database`. */
  readonly location: string
  readonly kysely: Kysely<Schema>
  /** Brings our tables up to date, once; after a failure the next call tries again. Throws SchemaVersionError too. */
  migrate(): Promise<void>
  /** The migrations that this version would apply, in order. Changes nothing. Throws SchemaVersionError too. */
  lacking(): Promise<readonly string[]>
  /** Resolves within a second, also when the server does not answer. */
  close(): Promise<void>
}

/** Opens an SQLite file at once; a MySQL server is first asked at the first query. Throws DatabaseError. */
export function openDatabase(settings: DatabaseSettings, deadlines: Deadlines = usualDeadlines): Database {
  const { dialect, close } = settings.kind === 'sqlite' ? sqliteDialect(settings) : mysqlDialect(settings, deadlines)
  const kysely = new Kysely<Schema>({ dialect })
  return {
    kind: settings.kind,
    location: locationOf(settings),
    kysely,
    ...followSchema(kysely, settings),
    async close() {
      await kysely.destroy()
      close()
    },
  }
}

/** Where the tables are up to date once, they are not asked for it again. */
function followSchema(
  kysely: Kysely<Schema>,
  { kind, mayMigrate = true }: DatabaseSettings,
): Pick<Database, 'migrate' | 'lacking'> {
  let migrating: Promise<void> | undefined
  let isUpToDate = false
  return {
    migrate() {
      migrating ??= migrate(kysely, kind, mayMigrate).then(
        () => {
          isUpToDate = true
        },
        (thrown: unknown) => {
          migrating = undefined
          throw thrown
        },
      )
      return migrating
    },
    async lacking() {
      if (isUpToDate) return []
      const names = await findLacking(kysely, kind)
      isUpToDate = names.length === 0
      return names
    },
  }
}

interface OpenDialect {
  readonly dialect: Dialect
  /** Closes what Kysely leaves open because it never used it. */
  close(): void
}

function sqliteDialect({ path }: SqliteSettings): OpenDialect {
  const database = openSqliteFile(path)
  return { dialect: new LockingSqliteDialect({ database }), close: () => database.close() }
}

function mysqlDialect(settings: MysqlSettings, deadlines: Deadlines): OpenDialect {
  // Loaded only where it is needed: it would take a tenth of every start.
  const pool = async () => (await import('./mysql-pool.ts')).createMysqlPool(settings, deadlines)
  return { dialect: new MysqlDialect({ pool }), close: () => {} }
}

function locationOf(settings: DatabaseSettings): string {
  if (settings.kind === 'sqlite') return settings.path
  const { user, host, port, database, socketPath } = settings
  return `${user}@${socketPath ?? `${host}:${port}`}/${database}`
}
