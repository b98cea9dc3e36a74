import type { GatewayUsageTable } from '../database/schema.ts'

/** An entry as an older version may have spooled it: what that did not know has these values. A new column goes to the end. */
const unknown: GatewayUsageTable = {
  id: '',
  key_id: '',
  key_name: '',
  end_user: null,
  service: '',
  dialect: '',
  route: '',
  streamed: 0,
  started_at: -1,
  queue_ms: null,
  first_token_ms: null,
  total_ms: 0,
  prompt_tokens: 0,
  cached_tokens: 0,
  reasoning_tokens: 0,
  completion_tokens: 0,
  images: 0,
  audio_ms: 0,
  web_searches: 0,
  outcome: 'failed',
  finish_reason: null,
  status: null,
  price_version: '',
  charge: 0,
  estimated: 0,
}

/** In the order of an entry's list. */
export const entryColumns = Object.keys(unknown) as (keyof GatewayUsageTable)[]

/**
 * An entry as it is spooled: a list is written and read in a third of an object's time. Its order is that of the columns;
 * each is named, because to look 25 names up costs more than to write the entry.
 */
export function packEntry(row: GatewayUsageTable): readonly unknown[] {
  return [
    row.id,
    row.key_id,
    row.key_name,
    row.end_user,
    row.service,
    row.dialect,
    row.route,
    row.streamed,
    row.started_at,
    row.queue_ms,
    row.first_token_ms,
    row.total_ms,
    row.prompt_tokens,
    row.cached_tokens,
    row.reasoning_tokens,
    row.completion_tokens,
    row.images,
    row.audio_ms,
    row.web_searches,
    row.outcome,
    row.finish_reason,
    row.status,
    row.price_version,
    row.charge,
    row.estimated,
  ]
}

/** Reads a row back from the spool; undefined where it is none. What is in it is for the database to judge. */
export function parseEntry(text: string): GatewayUsageTable | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined
  // Older versions spooled objects.
  const values: unknown[] = Array.isArray(parsed) ? parsed : entryColumns.map((name) => Reflect.get(parsed, name))
  const row: Record<string, unknown> = { ...unknown }
  for (let place = 0; place < entryColumns.length; place++) {
    const value = values[place]
    const name = entryColumns[place]
    if (name !== undefined && isPlain(value)) row[name] = value
  }
  // It has all columns, and nothing but what a column can be given.
  const entry = row as unknown as GatewayUsageTable
  return entry.id === '' || !(entry.started_at >= 0) ? undefined : entry
}

function isPlain(value: unknown): value is string | number | null {
  return typeof value === 'string' || typeof value === 'number' || value === null
}
