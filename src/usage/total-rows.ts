import type { GatewayUsageTable, GatewayUsageTotalsTable } from '../database/schema.ts'

/** How long the spans of the totals are, in milliseconds; all begin at whole multiples of it since 1970, in UTC. */
export const spanMs = { hour: 3_600_000, day: 86_400_000 } as const
export type Span = keyof typeof spanMs

export const summedNames = [
  'requests',
  'completed',
  'failed',
  'abandoned',
  'estimated',
  'prompt_tokens',
  'cached_tokens',
  'reasoning_tokens',
  'completion_tokens',
  'images',
  'audio_ms',
  'web_searches',
  'charge',
] as const satisfies readonly (keyof GatewayUsageTotalsTable)[]
type Summed = Record<(typeof summedNames)[number], number>

/**
 * What entries add to the totals: a row for each hour and day, key, service and end user, in an order that is the same
 * everywhere, so that two who add at once wait for each other and never both.
 */
export function totalRows(entries: readonly GatewayUsageTable[]): GatewayUsageTotalsTable[] {
  const rows = new Map<string, GatewayUsageTotalsTable>()
  for (const entry of entries) {
    for (const span of ['hour', 'day'] as const) addTo(rows, span, entry)
  }
  return [...rows].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, row]) => row)
}

function addTo(rows: Map<string, GatewayUsageTotalsTable>, span: Span, entry: GatewayUsageTable): void {
  const startsAt = startOf(entry.started_at, span)
  const endUser = entry.end_user ?? ''
  const key = JSON.stringify([span, startsAt, entry.key_id, entry.service, endUser])
  const added = contributionOf(entry)
  const row = rows.get(key)
  if (row !== undefined) {
    for (const name of summedNames) row[name] += added[name]
    return
  }
  const { key_id, key_name, service } = entry
  rows.set(key, { span, starts_at: startsAt, key_id, service, end_user: endUser, key_name, ...added })
}

/** The beginning of the hour or day that a time is in. */
export function startOf(timeMs: number, span: Span): number {
  return Math.floor(timeMs / spanMs[span]) * spanMs[span]
}

function contributionOf(entry: GatewayUsageTable): Summed {
  const { outcome } = entry
  return {
    requests: 1,
    completed: outcome === 'completed' ? 1 : 0,
    failed: outcome === 'completed' || outcome === 'abandoned' ? 0 : 1,
    abandoned: outcome === 'abandoned' ? 1 : 0,
    estimated: entry.estimated,
    prompt_tokens: entry.prompt_tokens,
    cached_tokens: entry.cached_tokens,
    reasoning_tokens: entry.reasoning_tokens,
    completion_tokens: entry.completion_tokens,
    images: entry.images,
    audio_ms: entry.audio_ms,
    web_searches: entry.web_searches,
    charge: entry.charge,
  }
}
