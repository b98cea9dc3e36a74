import type { KeyTables } from './key-tables.ts'

/** The tables that are ours, as Kysely knows them. Times are milliseconds since 1970 in UTC. */
export interface Schema extends KeyTables {
  gateway_keys: GatewayKeysTable
  gateway_usage: GatewayUsageTable
  gateway_usage_totals: GatewayUsageTotalsTable
  gateway_ledger: GatewayLedgerTable
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

/** One request that reached a model. Never a word of its prompt or its reply. */
export interface GatewayUsageTable {
  /** The request's own, which its answer had as `x-request-id`. */
  id: string
  key_id: string
  key_name: string
  end_user: string | null
  service: string
  dialect: string
  /** The route's pattern. */
  route: string
  /** 1 or 0. */
  streamed: number
  started_at: number
  queue_ms: number | null
  first_token_ms: number | null
  total_ms: number
  prompt_tokens: number
  /** Part of the prompt's. */
  cached_tokens: number
  /** Part of the completion's. */
  reasoning_tokens: number
  completion_tokens: number
  images: number
  audio_ms: number
  web_searches: number
  outcome: string
  finish_reason: string | null
  /** Null where the gateway ended before its answer did. */
  status: number | null
  price_version: string
  /** Micro-units. */
  charge: number
  /** 1 where a count is not the model server's own last word, else 0. */
  estimated: number
}

/** Sums over the entries that began in one hour or one day (UTC). They change in the transaction that adds entries. */
export interface GatewayUsageTotalsTable {
  /** `hour` or `day`. */
  span: string
  starts_at: number
  key_id: string
  service: string
  /** Empty where there is none. */
  end_user: string
  key_name: string
  requests: number
  completed: number
  failed: number
  abandoned: number
  estimated: number
  prompt_tokens: number
  cached_tokens: number
  reasoning_tokens: number
  completion_tokens: number
  images: number
  audio_ms: number
  web_searches: number
  charge: number
}

/** Which ledger this is, by whatever address the database is reached. */
interface GatewayLedgerTable {
  /** 1: there is one row. */
  slot: number
  id: string
}

interface GatewayResponsesTable {
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
