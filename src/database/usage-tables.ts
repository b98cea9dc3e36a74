import type { Kysely, RawBuilder } from 'kysely'
import type { Schema } from './schema.ts'

/** Column types that are not the same everywhere. */
interface TextTypes {
  readonly identifier: RawBuilder<unknown>
  readonly label: RawBuilder<unknown>
}

/** The two unique keys are indexes, in the order that pages are read in: MySQL has no statement for a table and an index. */
export function createGatewayUsage(kysely: Kysely<Schema>, { identifier, label }: TextTypes): Promise<void> {
  return kysely.schema
    .createTable('gateway_usage')
    .ifNotExists()
    .addColumn('id', identifier, (column) => column.primaryKey().notNull())
    .addColumn('key_id', label, (column) => column.notNull())
    .addColumn('key_name', label, (column) => column.notNull())
    .addColumn('end_user', label)
    .addColumn('service', identifier, (column) => column.notNull())
    .addColumn('dialect', identifier, (column) => column.notNull())
    .addColumn('route', label, (column) => column.notNull())
    .addColumn('streamed', 'integer', (column) => column.notNull())
    .addColumn('started_at', 'bigint', (column) => column.notNull())
    .addColumn('queue_ms', 'bigint')
    .addColumn('first_token_ms', 'bigint')
    .addColumn('total_ms', 'bigint', (column) => column.notNull())
    .addColumn('prompt_tokens', 'bigint', (column) => column.notNull())
    .addColumn('cached_tokens', 'bigint', (column) => column.notNull())
    .addColumn('reasoning_tokens', 'bigint', (column) => column.notNull())
    .addColumn('completion_tokens', 'bigint', (column) => column.notNull())
    .addColumn('images', 'integer', (column) => column.notNull())
    .addColumn('audio_ms', 'bigint', (column) => column.notNull())
    .addColumn('web_searches', 'integer', (column) => column.notNull())
    .addColumn('outcome', identifier, (column) => column.notNull())
    .addColumn('finish_reason', identifier)
    .addColumn('status', 'integer')
    .addColumn('price_version', label, (column) => column.notNull())
    .addColumn('charge', 'bigint', (column) => column.notNull())
    .addColumn('estimated', 'integer', (column) => column.notNull())
    .addUniqueConstraint('gateway_usage_by_key', ['key_id', 'started_at', 'id'])
    .addUniqueConstraint('gateway_usage_by_time', ['started_at', 'id'])
    .execute()
}

/** Has one row, the one of slot 1. */
export function createGatewayLedger(kysely: Kysely<Schema>, { identifier }: TextTypes): Promise<void> {
  return kysely.schema
    .createTable('gateway_ledger')
    .ifNotExists()
    .addColumn('slot', 'integer', (column) => column.primaryKey().notNull())
    .addColumn('id', identifier, (column) => column.notNull())
    .execute()
}

export function createGatewayUsageTotals(kysely: Kysely<Schema>, { identifier, label }: TextTypes): Promise<void> {
  const counts = [
    'requests',
    'completed',
    'failed',
    'abandoned',
    'estimated',
    'prompt_tokens',
    'cached_tokens',
  ] as const
  const more = ['reasoning_tokens', 'completion_tokens', 'images', 'audio_ms', 'web_searches', 'charge'] as const
  const table = kysely.schema
    .createTable('gateway_usage_totals')
    .ifNotExists()
    .addColumn('span', identifier, (column) => column.notNull())
    .addColumn('starts_at', 'bigint', (column) => column.notNull())
    .addColumn('key_id', label, (column) => column.notNull())
    .addColumn('service', identifier, (column) => column.notNull())
    .addColumn('end_user', label, (column) => column.notNull())
    .addColumn('key_name', label, (column) => column.notNull())
  return [...counts, ...more]
    .reduce((grown, name) => grown.addColumn(name, 'bigint', (column) => column.notNull()), table)
    .addPrimaryKeyConstraint('gateway_usage_totals_key', ['span', 'starts_at', 'key_id', 'service', 'end_user'])
    .execute()
}
