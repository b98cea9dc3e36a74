import type { GatewayUsageTable } from '../database/schema.ts'

/** An entry as an older version may have spooled it: what that did not know has these values. */
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

const names = Object.keys(unknown)

/** Reads a row back from the spool; undefined where it is none. What is in it is for the database to judge. */
export function parseEntry(text: string): GatewayUsageTable | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined
  const row: GatewayUsageTable = { ...unknown }
  for (const name of names) take(row, name, Reflect.get(parsed, name))
  return row.id === '' || !(row.started_at >= 0) ? undefined : row
}

function take(row: GatewayUsageTable, name: string, value: unknown): void {
  if (typeof value === 'string' || typeof value === 'number' || value === null) Reflect.set(row, name, value)
}
