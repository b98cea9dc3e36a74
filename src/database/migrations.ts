import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import { keyMigrations } from './key-tables.ts'
import type { Schema } from './schema.ts'
import { createGatewayLedger, createGatewayUsage, createGatewayUsageTotals } from './usage-tables.ts'

export type DatabaseKind = 'sqlite' | 'mysql'

/** Where it is missing, all are. */
export const firstMigration = '0001_gateway_keys'

/**
 * Every migration there has been, by name, in order. One statement each: MySQL commits each on its own, so that one of
 * two could stay behind alone. Each may run again after a crash that came before it was noted down.
 */
export function migrationsFor(kind: DatabaseKind): Record<string, Migration> {
  return {
    [firstMigration]: { up: (kysely: Kysely<Schema>) => createGatewayKeys(kysely, columnTypes[kind]) },
    '0002_gateway_responses': { up: (kysely: Kysely<Schema>) => createGatewayResponses(kysely, columnTypes[kind]) },
    '0003_gateway_usage': { up: (kysely: Kysely<Schema>) => createGatewayUsage(kysely, columnTypes[kind]) },
    ...keyMigrations(kind),
    '0005_gateway_usage_totals': {
      up: (kysely: Kysely<Schema>) => createGatewayUsageTotals(kysely, columnTypes[kind]),
    },
    '0006_gateway_ledger': { up: (kysely: Kysely<Schema>) => createGatewayLedger(kysely, columnTypes[kind]) },
  }
}

/** Collations of MySQL's own choice hold `A` and `a` for equal, and `a` and `a ` too. */
const columnTypes = {
  sqlite: { identifier: sql`text`, hash: sql`text`, label: sql`text`, longText: sql`text` },
  mysql: {
    identifier: sql`varchar(64) character set ascii collate ascii_bin`,
    hash: sql`char(64) character set ascii collate ascii_bin`,
    label: sql`varchar(200) character set utf8mb4 collate utf8mb4_bin`,
    longText: sql`mediumtext character set utf8mb4 collate utf8mb4_bin`,
  },
} as const satisfies Record<DatabaseKind, unknown>

function createGatewayKeys(
  kysely: Kysely<Schema>,
  { identifier, hash, label }: (typeof columnTypes)[DatabaseKind],
): Promise<void> {
  return kysely.schema
    .createTable('gateway_keys')
    .ifNotExists()
    .addColumn('id', identifier, (column) => column.primaryKey().notNull())
    .addColumn('name', label, (column) => column.notNull())
    .addColumn('key_hash', hash, (column) => column.notNull().unique())
    .addColumn('key_hint', identifier, (column) => column.notNull())
    .addColumn('services', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('revoked_at', 'bigint')
    .execute()
}

/** The two unique keys are indexes: MySQL cannot make an index only where there is none, and has no two in one statement. */
function createGatewayResponses(
  kysely: Kysely<Schema>,
  { identifier, hash, longText }: (typeof columnTypes)[DatabaseKind],
): Promise<void> {
  return kysely.schema
    .createTable('gateway_responses')
    .ifNotExists()
    .addColumn('owner', hash, (column) => column.notNull())
    .addColumn('id', identifier, (column) => column.notNull())
    .addColumn('text', longText, (column) => column.notNull())
    .addColumn('bytes', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('gateway_responses_by_id', ['owner', 'id'])
    .addUniqueConstraint('gateway_responses_by_age', ['owner', 'created_at', 'id', 'bytes'])
    .addUniqueConstraint('gateway_responses_by_end', ['expires_at', 'owner', 'id'])
    .execute()
}
