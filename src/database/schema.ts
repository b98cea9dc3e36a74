/** The tables that are ours, as Kysely knows them. Times are milliseconds since 1970 in UTC. */
export interface Schema {
  gateway_keys: GatewayKeysTable
  gateway_responses: GatewayResponsesTable
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

export interface GatewayResponsesTable {
  /** SHA-256 of the id of the key that it was made with, in lower-case hexadecimal. */
  owner: string
  id: string
  /** JSON text. */
  text: string
  /** Of the text in UTF-8. */
  bytes: number
  created_at: number
  expires_at: number
}
