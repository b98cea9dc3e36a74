import type { Database } from '../../database/database.ts'
import { DatabaseError } from '../../database/database-error.ts'
import { sql } from '../../database/sql.ts'
import { type ColumnKind, mysqlKind, sqliteKind } from './column-kind.ts'

export interface ColumnFacts {
  readonly name: string
  /** As the database calls it. */
  readonly type: string
  readonly kind: ColumnKind
  /** Characters, or bytes of binary columns, at most; null where there is no such bound. */
  readonly lengthMax: number | null
}

/** `schema.table` in its parts. */
export function splitName(name: string): { schema: string | undefined; table: string } {
  const [first = name, second] = name.split('.')
  return second === undefined ? { schema: undefined, table: first } : { schema: first, table: second }
}

/** The columns of a table or view; none when it or what it looks at does not exist, or the user may not see it. */
export async function readColumns(database: Database, name: string): Promise<readonly ColumnFacts[]> {
  try {
    return await (database.kind === 'mysql' ? readMysqlColumns(database, name) : readSqliteColumns(database, name))
  } catch (thrown) {
    if (thrown instanceof DatabaseError && thrown.isAboutMissingTable) return []
    throw thrown
  }
}

/** Names of the tables and views in the schema where the named one should be. */
export async function listTables(database: Database, name: string): Promise<readonly string[]> {
  const { schema } = splitName(name)
  const query =
    database.kind === 'mysql'
      ? sql<{ name: string }>`
          select table_name as name from information_schema.tables where table_schema = ${schemaOf(schema)}`
      : sql<{
          name: string
        }>`select name from ${sql.id(schema ?? 'main', 'sqlite_schema')} where type in ('table', 'view')`
  const { rows } = await query.execute(database.kysely)
  return rows.map((row) => row.name)
}

/** Asks MySQL. */
export async function isView({ kysely }: Database, name: string): Promise<boolean> {
  const { schema, table } = splitName(name)
  const { rows } = await sql`
    select 1 from information_schema.views
    where table_schema = ${schemaOf(schema)} and table_name = ${table}`.execute(kysely)
  return rows.length > 0
}

function schemaOf(schema: string | undefined) {
  return schema === undefined ? sql`database()` : sql`${schema}`
}

interface MysqlColumn {
  readonly name: string
  readonly type: string
  readonly length: number | string | null
}

async function readMysqlColumns({ kysely }: Database, name: string): Promise<readonly ColumnFacts[]> {
  const { schema, table } = splitName(name)
  const { rows } = await sql<MysqlColumn>`
    select column_name as name, data_type as type, character_maximum_length as length
    from information_schema.columns
    where table_schema = ${schemaOf(schema)} and table_name = ${table}
    order by ordinal_position`.execute(kysely)
  return rows.map((row) => {
    const type = row.type.toLowerCase()
    return { name: row.name, type, kind: mysqlKind(type), lengthMax: row.length === null ? null : Number(row.length) }
  })
}

/** SQLite holds nobody to the length that a type names. */
async function readSqliteColumns({ kysely }: Database, name: string): Promise<readonly ColumnFacts[]> {
  const { schema, table } = splitName(name)
  const { rows } = await sql<{ name: string; type: string }>`
    select name, type from pragma_table_xinfo(${table}, ${schema ?? 'main'})`.execute(kysely)
  return rows.map((row) => ({ name: row.name, type: row.type, kind: sqliteKind(row.type), lengthMax: null }))
}
