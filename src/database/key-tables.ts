import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The tables beside `gateway_keys`. Times are milliseconds since 1970 in UTC. */
export interface KeyTables {
  gateway_key_terms: GatewayKeyTermsTable
  gateway_key_defaults: GatewayKeyDefaultsTable
  gateway_key_secrets: GatewayKeySecretsTable
  gateway_key_uses: GatewayKeyUsesTable
  gateway_audit: GatewayAuditTable
}

/** What is agreed for a key beside its services; a key without a row is a user's, without bounds. */
export interface GatewayKeyTermsTable {
  key_id: string
  /** `admin`, `operator` or `user`. */
  role: string
  /** A JSON array of names; null allows all. */
  models: string | null
  /** A JSON array of names; null allows all. */
  dialects: string | null
  requests_per_minute: number | null
  tokens_per_minute: number | null
  tokens_per_day: number | null
  concurrent: number | null
  /** Millionths of the currency; null counts nothing. */
  credits_micro: number | null
  /** `none`, `headers` or `jwt`. */
  trust_end_user: string
  /** 1 or 0; null leaves it to the service. */
  default_thinking: number | null
  default_max_tokens: number | null
  owner: string
  notes: string
  /** A JSON array of words. */
  tags: string
  updated_at: number
}

/** Defaults that came after the table of terms; most keys have no row. */
interface GatewayKeyDefaultsTable {
  key_id: string
  /** `both`, `reasoning_content`, `reasoning` or `none`. */
  reasoning_fields: string
}

/** Secrets that were replaced and work a while longer. */
interface GatewayKeySecretsTable {
  /** SHA-256 of the key in lower-case hexadecimal. */
  key_hash: string
  key_id: string
  valid_until: number
}

interface GatewayKeyUsesTable {
  key_id: string
  last_used_at: number
}

interface GatewayAuditTable {
  /** Ids of later rows are greater. */
  id: string
  at: number
  actor_id: string
  actor_name: string
  /** Such as `key.create`. */
  action: string
  key_id: string
  /** JSON objects of what changed, without secrets; null where there was or is nothing. */
  old_values: string | null
  new_values: string | null
}

interface ColumnTypes {
  readonly identifier: ReturnType<typeof sql>
  readonly hash: ReturnType<typeof sql>
  readonly label: ReturnType<typeof sql>
  readonly longText: ReturnType<typeof sql>
}

const columnTypes: Record<'sqlite' | 'mysql', ColumnTypes> = {
  sqlite: { identifier: sql`text`, hash: sql`text`, label: sql`text`, longText: sql`text` },
  mysql: {
    identifier: sql`varchar(64) character set ascii collate ascii_bin`,
    hash: sql`char(64) character set ascii collate ascii_bin`,
    label: sql`varchar(200) character set utf8mb4 collate utf8mb4_bin`,
    longText: sql`mediumtext character set utf8mb4 collate utf8mb4_bin`,
  },
}

/**
 * Tables of their own, because a column cannot be added a second time, and MySQL cannot be told to add it only where it
 * is missing. Where rows are found by another column, a unique constraint in the same statement is their index.
 */
export function keyMigrations(kind: 'sqlite' | 'mysql'): Record<string, Migration> {
  const types = columnTypes[kind]
  return {
    '0004_1_gateway_key_terms': { up: (kysely: Kysely<KeyTables>) => createTerms(kysely, types) },
    '0004_2_gateway_key_secrets': { up: (kysely: Kysely<KeyTables>) => createSecrets(kysely, types) },
    '0004_3_gateway_key_uses': { up: (kysely: Kysely<KeyTables>) => createUses(kysely, types) },
    '0004_4_gateway_audit': { up: (kysely: Kysely<KeyTables>) => createAudit(kysely, types) },
    '0006_gateway_key_defaults': { up: (kysely: Kysely<KeyTables>) => createDefaults(kysely, types) },
  }
}

function createTerms(kysely: Kysely<KeyTables>, { identifier, label, longText }: ColumnTypes): Promise<void> {
  return kysely.schema
    .createTable('gateway_key_terms')
    .ifNotExists()
    .addColumn('key_id', identifier, (column) => column.primaryKey().notNull())
    .addColumn('role', identifier, (column) => column.notNull())
    .addColumn('models', longText)
    .addColumn('dialects', longText)
    .addColumn('requests_per_minute', 'bigint')
    .addColumn('tokens_per_minute', 'bigint')
    .addColumn('tokens_per_day', 'bigint')
    .addColumn('concurrent', 'bigint')
    .addColumn('credits_micro', 'bigint')
    .addColumn('trust_end_user', identifier, (column) => column.notNull())
    .addColumn('default_thinking', 'integer')
    .addColumn('default_max_tokens', 'bigint')
    .addColumn('owner', label, (column) => column.notNull())
    .addColumn('notes', longText, (column) => column.notNull())
    .addColumn('tags', longText, (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .execute()
}

function createDefaults(kysely: Kysely<KeyTables>, { identifier }: ColumnTypes): Promise<void> {
  return kysely.schema
    .createTable('gateway_key_defaults')
    .ifNotExists()
    .addColumn('key_id', identifier, (column) => column.primaryKey().notNull())
    .addColumn('reasoning_fields', identifier, (column) => column.notNull())
    .execute()
}

function createSecrets(kysely: Kysely<KeyTables>, { identifier, hash }: ColumnTypes): Promise<void> {
  return kysely.schema
    .createTable('gateway_key_secrets')
    .ifNotExists()
    .addColumn('key_hash', hash, (column) => column.primaryKey().notNull())
    .addColumn('key_id', identifier, (column) => column.notNull())
    .addColumn('valid_until', 'bigint', (column) => column.notNull())
    .addUniqueConstraint('gateway_key_secrets_of_key', ['key_id', 'key_hash'])
    .execute()
}

function createUses(kysely: Kysely<KeyTables>, { identifier }: ColumnTypes): Promise<void> {
  return kysely.schema
    .createTable('gateway_key_uses')
    .ifNotExists()
    .addColumn('key_id', identifier, (column) => column.primaryKey().notNull())
    .addColumn('last_used_at', 'bigint', (column) => column.notNull())
    .execute()
}

function createAudit(kysely: Kysely<KeyTables>, { identifier, label, longText }: ColumnTypes): Promise<void> {
  return kysely.schema
    .createTable('gateway_audit')
    .ifNotExists()
    .addColumn('id', identifier, (column) => column.primaryKey().notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('actor_id', identifier, (column) => column.notNull())
    .addColumn('actor_name', label, (column) => column.notNull())
    .addColumn('action', identifier, (column) => column.notNull())
    .addColumn('key_id', identifier, (column) => column.notNull())
    .addColumn('old_values', longText)
    .addColumn('new_values', longText)
    .addUniqueConstraint('gateway_audit_of_key', ['key_id', 'id'])
    .execute()
}
