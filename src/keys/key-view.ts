import type { ShownKey } from '../chat/key-shapes.ts'
import { formatMoney } from '../wire/money.ts'
import type { KeyRecord } from './key-store.ts'
import type { KeyFields, StoredKey } from './stored-key.ts'

/** A key as it is shown; never the key itself. Times are ISO 8601 in UTC. */
export function showKey(key: StoredKey, nowMs: number): ShownKey {
  return {
    id: key.id,
    hint: key.hint,
    created_at: timeOf(key.createdAtMs),
    revoked_at: timeOf(key.revokedAtMs),
    last_used_at: timeOf(key.lastUsedAtMs),
    state: stateOf(key.revokedAtMs !== null, key.expiresAtMs, nowMs),
    ...showFields(key),
  }
}

/** A key of an adopted table, of which less is known. */
export function showRecord(record: KeyRecord, nowMs: number): ShownKey {
  const fields = { owner: '', notes: '', tags: [], ...record, services: record.services }
  return {
    id: record.id,
    hint: null,
    created_at: null,
    revoked_at: null,
    last_used_at: null,
    state: stateOf(record.isRevoked, record.expiresAtMs, nowMs),
    ...showFields(fields),
  }
}

type ShownFields = Omit<ShownKey, 'id' | 'hint' | 'created_at' | 'revoked_at' | 'last_used_at' | 'state'>

/** What people may change about a key, under the names of the admin API. */
export function showFields(key: KeyFields): ShownFields {
  const { limits = {}, defaults = {} } = key
  return {
    name: key.name,
    role: key.role ?? 'user',
    services: namesOf(key.services),
    models: namesOf(key.models),
    dialects: namesOf(key.dialects),
    expires_at: timeOf(key.expiresAtMs),
    owner: key.owner,
    notes: key.notes,
    tags: [...key.tags],
    limits: {
      requests_per_minute: limits.requestsPerMinute ?? null,
      tokens_per_minute: limits.tokensPerMinute ?? null,
      tokens_per_day: limits.tokensPerDay ?? null,
      concurrent: limits.concurrent ?? null,
    },
    credits: key.creditsMicro === undefined ? null : formatMoney(key.creditsMicro),
    trust_end_user: key.trustEndUser ?? 'none',
    defaults: {
      enable_thinking: defaults.enableThinking ?? null,
      max_tokens: defaults.maxTokens ?? null,
      reasoning_fields: defaults.reasoningFields ?? null,
    },
  }
}

function namesOf(names: 'all' | readonly string[] | undefined): 'all' | string[] {
  return names === undefined || names === 'all' ? 'all' : [...names]
}

function stateOf(isRevoked: boolean, expiresAtMs: number | null, nowMs: number): ShownKey['state'] {
  if (isRevoked) return 'revoked'
  return expiresAtMs !== null && expiresAtMs <= nowMs ? 'expired' : 'active'
}

function timeOf(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString()
}
