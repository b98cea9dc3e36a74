import type { KeyRecord } from '../keys/key-store.ts'
import type { StoredKey } from '../keys/stored-key.ts'
import { printTable } from './output.ts'

/** A key as it is shown; never the key itself. Times are ISO 8601 in UTC. */
export interface ShownKey {
  readonly id: string
  readonly name: string
  /** The key's last characters, where they are known. */
  readonly hint: string | null
  readonly services: 'all' | readonly string[]
  readonly created_at: string | null
  readonly expires_at: string | null
  readonly revoked_at: string | null
  readonly state: 'active' | 'expired' | 'revoked'
}

export function presentStoredKey(key: StoredKey): ShownKey {
  return {
    id: key.id,
    name: key.name,
    hint: key.hint,
    services: key.services,
    created_at: timeOf(key.createdAtMs),
    expires_at: timeOf(key.expiresAtMs),
    revoked_at: timeOf(key.revokedAtMs),
    state: stateOf(key.revokedAtMs !== null, key.expiresAtMs),
  }
}

/** A key of an adopted table. */
export function presentRecord({ id, name, services, expiresAtMs, isRevoked }: KeyRecord): ShownKey {
  const state = stateOf(isRevoked, expiresAtMs)
  return { id, name, hint: null, services, created_at: null, expires_at: timeOf(expiresAtMs), revoked_at: null, state }
}

export function tellKeys(keys: readonly ShownKey[]): void {
  const rows = keys.map(({ id, name, hint, services, expires_at: expires, state }) => [
    id,
    name,
    hint === null ? '' : `…${hint}`,
    services === 'all' ? 'all' : services.join(' '),
    expires ?? 'never',
    state,
  ])
  printTable(['ID', 'NAME', 'ENDS IN', 'SERVICES', 'EXPIRES', 'STATE'], rows)
}

function stateOf(isRevoked: boolean, expiresAtMs: number | null): ShownKey['state'] {
  if (isRevoked) return 'revoked'
  return expiresAtMs !== null && expiresAtMs <= Date.now() ? 'expired' : 'active'
}

function timeOf(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString()
}
