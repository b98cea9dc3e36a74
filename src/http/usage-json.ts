import { formatMoney } from '../wire/money.ts'

/** One request's account, as the ledger has it. Times are milliseconds, charges micro-units. */
export interface UsageEntry {
  readonly id: string
  readonly key_id: string
  readonly end_user: string | null
  readonly service: string
  readonly dialect: string
  readonly route: string
  readonly outcome: string
  readonly status: number | null
  readonly finish_reason: string | null
  readonly prompt_tokens: number
  readonly cached_tokens: number
  readonly reasoning_tokens: number
  readonly completion_tokens: number
  readonly images: number
  readonly audio_ms: number
  readonly estimated: number
  readonly charge: number
  readonly price_version: string
  readonly queue_ms: number | null
  readonly first_token_ms: number | null
  readonly total_ms: number
  readonly started_at: number
}

export interface UsageGroup {
  /** The beginning of an hour or day, or a name. */
  readonly group: string | number
  readonly keyName: string
  readonly sums: Readonly<Record<string, bigint>>
}

export function encodeEntry(entry: UsageEntry) {
  return {
    id: entry.id,
    key_id: entry.key_id,
    end_user: entry.end_user,
    service: entry.service,
    dialect: entry.dialect,
    route: entry.route,
    outcome: entry.outcome,
    status: entry.status,
    finish_reason: entry.finish_reason,
    prompt_tokens: entry.prompt_tokens,
    cached_tokens: entry.cached_tokens,
    reasoning_tokens: entry.reasoning_tokens,
    completion_tokens: entry.completion_tokens,
    images: entry.images,
    audio_seconds: entry.audio_ms / 1000,
    estimated: entry.estimated === 1,
    charge: formatMoney(entry.charge),
    price_version: entry.price_version,
    queue_ms: entry.queue_ms,
    first_token_ms: entry.first_token_ms,
    total_ms: entry.total_ms,
    started_at: new Date(entry.started_at).toISOString(),
  }
}

/** What groups are called in answers. */
const groupNames = { hour: 'hour', day: 'day', key: 'key_id', service: 'service', user: 'end_user' } as const
export type GroupedBy = keyof typeof groupNames

export function encodeGroup(by: GroupedBy, { group, keyName, sums }: UsageGroup) {
  const { charge = 0n, audio_ms: audioMs = 0n, ...counts } = sums
  const named = Object.entries(counts).map(([name, sum]) => [name, Number(sum)])
  return {
    [groupNames[by]]: by === 'user' && group === '' ? null : shownGroup(group),
    ...(by === 'key' ? { key_name: keyName } : {}),
    ...Object.fromEntries(named),
    audio_seconds: Number(audioMs) / 1000,
    charge: formatMoney(charge),
  }
}

function shownGroup(group: string | number): string {
  return typeof group === 'number' ? new Date(group).toISOString() : group
}
