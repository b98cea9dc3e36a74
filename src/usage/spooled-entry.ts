import type { GatewayUsageTable } from '../database/schema.ts'

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
  const entry = readEntry(Array.isArray(parsed) ? parsed : entryColumns.map((name) => Reflect.get(parsed, name)))
  return entry.id === '' || !(entry.started_at >= 0) ? undefined : entry
}

/** In the order of the columns. What an older version did not know has these values; a new column goes to the end. */
function readEntry(values: readonly unknown[]): GatewayUsageTable {
  let place = 0

  function next<Value>(unknown: Value): Value {
    const value = values[place++]
    // A column is given nothing but what a column can be given.
    return isPlain(value) ? (value as Value) : unknown
  }

  return {
    id: next<string>(''),
    key_id: next<string>(''),
    key_name: next<string>(''),
    end_user: next<string | null>(null),
    service: next<string>(''),
    dialect: next<string>(''),
    route: next<string>(''),
    streamed: next<number>(0),
    started_at: next<number>(-1),
    queue_ms: next<number | null>(null),
    first_token_ms: next<number | null>(null),
    total_ms: next<number>(0),
    prompt_tokens: next<number>(0),
    cached_tokens: next<number>(0),
    reasoning_tokens: next<number>(0),
    completion_tokens: next<number>(0),
    images: next<number>(0),
    audio_ms: next<number>(0),
    web_searches: next<number>(0),
    outcome: next<string>('failed'),
    finish_reason: next<string | null>(null),
    status: next<number | null>(null),
    price_version: next<string>(''),
    charge: next<number>(0),
    estimated: next<number>(0),
  }
}

/** In the order of an entry's list. */
export const entryColumns = Object.keys(readEntry([])) as (keyof GatewayUsageTable)[]

function isPlain(value: unknown): value is string | number | null {
  return typeof value === 'string' || typeof value === 'number' || value === null
}
