import type { GatewayKeysTable } from '../database/schema.ts'

/** A key of ours as people see it. */
export interface StoredKey {
  readonly id: string
  readonly name: string
  /** The key's last characters. */
  readonly hint: string
  readonly services: 'all' | readonly string[]
  /** Milliseconds since 1970 in UTC, like all of these. */
  readonly createdAtMs: number
  readonly expiresAtMs: number | null
  readonly revokedAtMs: number | null
}

export function decodeStoredKey(row: Omit<GatewayKeysTable, 'key_hash'>): StoredKey {
  return {
    id: row.id,
    name: row.name,
    hint: row.key_hint,
    services: decodeServices(row.services),
    createdAtMs: row.created_at,
    expiresAtMs: row.expires_at,
    revokedAtMs: row.revoked_at,
  }
}

export function encodeServices(services: 'all' | readonly string[]): string | null {
  return services === 'all' ? null : JSON.stringify(services)
}

/** What cannot be read grants nothing. */
export function decodeServices(text: string | null): 'all' | readonly string[] {
  if (text === null) return 'all'
  try {
    const names: unknown = JSON.parse(text)
    return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : []
  } catch {
    return []
  }
}
