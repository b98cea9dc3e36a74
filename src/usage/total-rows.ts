import type { GatewayUsageTable, GatewayUsageTotalsTable } from '../database/schema.ts'

/** How long the spans of the totals are, in milliseconds; all begin at whole multiples of it since 1970, in UTC. */
export const spanMs = { hour: 3_600_000, day: 86_400_000 } as const
export type Span = keyof typeof spanMs

/** Those that are sums of the entries' own columns. */
const copiedNames = [
  'estimated',
  'prompt_tokens',
  'cached_tokens',
  'reasoning_tokens',
  'completion_tokens',
  'images',
  'audio_ms',
  'web_searches',
  'charge',
] as const satisfies readonly (keyof GatewayUsageTotalsTable & keyof GatewayUsageTable)[]

export const summedNames = ['requests', 'completed', 'failed', 'abandoned', ...copiedNames] as const

/**
 * What entries add to the totals: a row for each hour and day, key, service and end user, in an order that is the same
 * everywhere, so that two who add at once wait for each other and never both.
 */
export function totalRows(entries: readonly GatewayUsageTable[]): GatewayUsageTotalsTable[] {
  const hours = new Map<string, GatewayUsageTotalsTable>()
  for (const entry of entries) addEntry(hours, entry)
  const days = new Map<string, GatewayUsageTotalsTable>()
  for (const hour of hours.values()) addHour(days, hour)
  return [...days, ...hours].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, row]) => row)
}

function addEntry(hours: Map<string, GatewayUsageTotalsTable>, entry: GatewayUsageTable): void {
  const startsAt = startOf(entry.started_at, 'hour')
  const key = keyOf('hour', startsAt, entry)
  const row = hours.get(key) ?? emptyRow('hour', startsAt, entry)
  hours.set(key, row)
  row.requests++
  if (entry.outcome === 'completed') row.completed++
  else if (entry.outcome === 'abandoned') row.abandoned++
  else row.failed++
  for (const name of copiedNames) row[name] += entry[name]
}

function addHour(days: Map<string, GatewayUsageTotalsTable>, hour: GatewayUsageTotalsTable): void {
  const startsAt = startOf(hour.starts_at, 'day')
  const key = keyOf('day', startsAt, hour)
  const row = days.get(key) ?? emptyRow('day', startsAt, hour)
  days.set(key, row)
  for (const name of summedNames) row[name] += hour[name]
}

interface Grouped {
  readonly key_id: string
  readonly key_name: string
  readonly service: string
  readonly end_user: string | null
}

function keyOf(span: Span, startsAt: number, { key_id: key, service, end_user: endUser }: Grouped): string {
  return `${span}\0${startsAt}\0${key}\0${service}\0${endUser ?? ''}`
}

function emptyRow(
  span: Span,
  startsAt: number,
  { key_id, key_name, service, end_user }: Grouped,
): GatewayUsageTotalsTable {
  return {
    span,
    starts_at: startsAt,
    key_id,
    service,
    end_user: end_user ?? '',
    key_name,
    requests: 0,
    completed: 0,
    failed: 0,
    abandoned: 0,
    estimated: 0,
    prompt_tokens: 0,
    cached_tokens: 0,
    reasoning_tokens: 0,
    completion_tokens: 0,
    images: 0,
    audio_ms: 0,
    web_searches: 0,
    charge: 0,
  }
}

/** The beginning of the hour or day that a time is in. */
export function startOf(timeMs: number, span: Span): number {
  return Math.floor(timeMs / spanMs[span]) * spanMs[span]
}
