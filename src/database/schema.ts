import type { KeyTables } from './key-tables.ts'

/** The tables that are ours, as Kysely knows them. Times are milliseconds since 1970 in UTC. */
export interface Schema extends KeyTables {
  gateway_keys: GatewayKeysTable
}

export interface GatewayKeysTable {
  id: string
  name: string
  /** SHA-256 of the key in lower-case hexadecimal. */
  key_hash: string
  /** The key's last four characters, for people. */
  key_hint: string
  /** A JSON array of services' names; null allows all. */
  services: string | null
  created_at: number
  expires_at: number | null
  revoked_at: number | null
}
