import { type KeyLimits, type KeyTerms, type Role, reasoningFields } from '../chat/caller.ts'
import type { GatewayKeyTermsTable } from '../database/key-tables.ts'
import type { GatewayKeysTable } from '../database/schema.ts'

/** What a key permits, and for how long. */
export interface Rights extends KeyTerms {
  readonly services: 'all' | readonly string[]
  /** Milliseconds since 1970 in UTC; null is never. */
  readonly expiresAtMs: number | null
}

/** What people may change about a key. */
export interface KeyFields extends Rights {
  /** 1 to 100 characters; names may repeat. */
  readonly name: string
  readonly owner: string
  readonly notes: string
  readonly tags: readonly string[]
}

/** A key of ours as people see it. */
export interface StoredKey extends KeyFields {
  readonly id: string
  /** The key's last characters. */
  readonly hint: string
  /** Milliseconds since 1970 in UTC, like all of these. */
  readonly createdAtMs: number
  readonly revokedAtMs: number | null
  readonly lastUsedAtMs: number | null
}

/** Rows of terms and of defaults that were joined to their key; all is null where there is none. */
type TermsRow = {
  [Column in Exclude<keyof GatewayKeyTermsTable, 'key_id' | 'updated_at'>]: GatewayKeyTermsTable[Column] | null
} & { readonly reasoning_fields: string | null }

export type StoredRow = Omit<GatewayKeysTable, 'key_hash'> & TermsRow & { readonly last_used_at: number | null }

export function decodeStoredKey(row: StoredRow): StoredKey {
  return {
    id: row.id,
    name: row.name,
    hint: row.key_hint,
    services: decodeNames(row.services),
    createdAtMs: row.created_at,
    expiresAtMs: row.expires_at,
    revokedAtMs: row.revoked_at,
    lastUsedAtMs: row.last_used_at,
    owner: row.owner ?? '',
    notes: row.notes ?? '',
    tags: row.tags === null ? [] : decodeList(row.tags),
    ...decodeTerms(row),
  }
}

const plainTerms: KeyTerms = {}

type BoundRow = Omit<TermsRow, 'owner' | 'notes' | 'tags'>

/** What cannot be read is decided against the key. */
export function decodeTerms(row: BoundRow): KeyTerms {
  if (row.role === null) return plainTerms
  return {
    role: decodeRole(row.role),
    models: row.models === null ? undefined : decodeList(row.models),
    dialects: row.dialects === null ? undefined : decodeList(row.dialects),
    limits: decodeLimits(row),
    creditsMicro: row.credits_micro ?? undefined,
    trustEndUser: row.trust_end_user === 'headers' || row.trust_end_user === 'jwt' ? row.trust_end_user : undefined,
    defaults: decodeDefaults(row),
  }
}

function decodeRole(role: string): Role {
  return role === 'admin' || role === 'operator' ? role : 'user'
}

function decodeLimits(row: BoundRow): KeyLimits | undefined {
  const { requests_per_minute, tokens_per_minute, tokens_per_day, concurrent } = row
  const all = [requests_per_minute, tokens_per_minute, tokens_per_day, concurrent]
  if (all.every((bound) => bound === null)) return undefined
  return {
    requestsPerMinute: requests_per_minute ?? undefined,
    tokensPerMinute: tokens_per_minute ?? undefined,
    tokensPerDay: tokens_per_day ?? undefined,
    concurrent: concurrent ?? undefined,
  }
}

function decodeDefaults({ default_thinking, default_max_tokens, reasoning_fields }: BoundRow): KeyTerms['defaults'] {
  if (default_thinking === null && default_max_tokens === null && reasoning_fields === null) return undefined
  return {
    enableThinking: default_thinking === null ? undefined : default_thinking === 1,
    maxTokens: default_max_tokens ?? undefined,
    reasoningFields: reasoningFields.find((known) => known === reasoning_fields),
  }
}

export function encodeNames(names: 'all' | readonly string[]): string | null {
  return names === 'all' ? null : JSON.stringify(names)
}

export function decodeNames(text: string | null): 'all' | readonly string[] {
  return text === null ? 'all' : decodeList(text)
}

/** What cannot be read grants nothing. */
function decodeList(text: string): readonly string[] {
  try {
    const names: unknown = JSON.parse(text)
    return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : []
  } catch {
    return []
  }
}

export function encodeTerms(key: KeyFields): Omit<GatewayKeyTermsTable, 'key_id' | 'updated_at'> {
  const { limits = {}, defaults = {} } = key
  return {
    role: key.role ?? 'user',
    models: encodeNames(key.models ?? 'all'),
    dialects: encodeNames(key.dialects ?? 'all'),
    requests_per_minute: limits.requestsPerMinute ?? null,
    tokens_per_minute: limits.tokensPerMinute ?? null,
    tokens_per_day: limits.tokensPerDay ?? null,
    concurrent: limits.concurrent ?? null,
    credits_micro: key.creditsMicro ?? null,
    trust_end_user: key.trustEndUser ?? 'none',
    default_thinking: defaults.enableThinking === undefined ? null : Number(defaults.enableThinking),
    default_max_tokens: defaults.maxTokens ?? null,
    owner: key.owner,
    notes: key.notes,
    tags: JSON.stringify(key.tags),
  }
}

/** A user's key without bounds and remarks needs no row of terms: most are such. Terms are read only where it has one. */
export function isPlain(key: KeyFields): boolean {
  if (key.defaults?.reasoningFields !== undefined) return false
  const { role, models, dialects, owner, notes, tags, trust_end_user, ...bounds } = encodeTerms(key)
  const isUnbounded = [models, dialects, ...Object.values(bounds)].every((bound) => bound === null)
  return role === 'user' && trust_end_user === 'none' && isUnbounded && owner + notes === '' && tags === '[]'
}
