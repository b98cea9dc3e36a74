import type { Database } from '../database/database.ts'
import { isIdentifier } from '../database/identifier.ts'
import type { KeyRecord } from './key-store.ts'
import { decodeNames, decodeStoredKey, decodeTerms, type StoredKey } from './stored-key.ts'

/** The database itself or a transaction of it. */
export type Connection = Database['kysely']

const termColumns = [
  'role',
  'models',
  'dialects',
  'requests_per_minute',
  'tokens_per_minute',
  'tokens_per_day',
  'concurrent',
  'credits_micro',
  'trust_end_user',
  'default_thinking',
  'default_max_tokens',
  'reasoning_fields',
] as const

/** Every key with its terms and its last use. */
function selectStored(connection: Connection) {
  return connection
    .selectFrom('gateway_keys')
    .leftJoin('gateway_key_terms', 'gateway_key_terms.key_id', 'gateway_keys.id')
    .leftJoin('gateway_key_defaults', 'gateway_key_defaults.key_id', 'gateway_keys.id')
    .leftJoin('gateway_key_uses', 'gateway_key_uses.key_id', 'gateway_keys.id')
    .select(['id', 'name', 'key_hint', 'services', 'created_at', 'expires_at', 'revoked_at', 'last_used_at'])
    .select([...termColumns, 'owner', 'notes', 'tags'])
    .orderBy('created_at')
    .orderBy('id')
}

export async function readStored(connection: Connection): Promise<readonly StoredKey[]> {
  return (await selectStored(connection).execute()).map(decodeStoredKey)
}

export async function readById(connection: Connection, id: string): Promise<StoredKey | undefined> {
  if (!isIdentifier(id)) return undefined
  const row = await selectStored(connection).where('id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : decodeStoredKey(row)
}

export interface StoredPage {
  readonly limit: number
  /** The last key of the page before. */
  readonly after?: { readonly createdAtMs: number; readonly id: string } | undefined
  readonly state?: 'active' | 'expired' | 'revoked' | undefined
  readonly owner?: string | undefined
}

export async function readPage(connection: Connection, page: StoredPage, nowMs: number): Promise<readonly StoredKey[]> {
  let query = selectStored(connection).limit(page.limit)
  const { after, state, owner } = page
  if (after !== undefined) {
    const { createdAtMs, id } = after
    query = query.where(({ eb, or, and }) =>
      or([eb('created_at', '>', createdAtMs), and([eb('created_at', '=', createdAtMs), eb('id', '>', id)])]),
    )
  }
  if (owner !== undefined) query = query.where('owner', '=', owner)
  if (state === 'revoked') query = query.where('revoked_at', 'is not', null)
  else if (state !== undefined) query = query.where('revoked_at', 'is', null)
  if (state === 'expired') query = query.where('expires_at', '<=', nowMs)
  if (state === 'active') {
    query = query.where(({ eb, or }) => or([eb('expires_at', 'is', null), eb('expires_at', '>', nowMs)]))
  }
  return (await query.execute()).map(decodeStoredKey)
}

/** Every secret that is known, with what it permits. Those that were replaced are read last: none may be missed. */
export async function readRecords(connection: Connection, nowMs: number): Promise<KeyRecord[]> {
  const rows = await connection
    .selectFrom('gateway_keys')
    .leftJoin('gateway_key_terms', 'gateway_key_terms.key_id', 'gateway_keys.id')
    .leftJoin('gateway_key_defaults', 'gateway_key_defaults.key_id', 'gateway_keys.id')
    .select(['id', 'name', 'key_hash', 'services', 'expires_at', 'revoked_at', ...termColumns])
    .orderBy('id')
    .execute()
  const records = rows.map((row) => ({
    hash: row.key_hash,
    id: row.id,
    name: row.name,
    services: decodeNames(row.services),
    expiresAtMs: row.expires_at,
    isRevoked: row.revoked_at !== null,
    ...decodeTerms(row),
  }))
  return [...records, ...(await readReplaced(connection, records, nowMs))]
}

/** A key was perhaps given a new secret between the two readings: then its old one is in both. */
async function readReplaced(
  connection: Connection,
  records: readonly KeyRecord[],
  nowMs: number,
): Promise<readonly KeyRecord[]> {
  const secrets = await connection
    .selectFrom('gateway_key_secrets')
    .select(['key_hash', 'key_id', 'valid_until'])
    .where('valid_until', '>', nowMs)
    .orderBy('key_hash')
    .execute()
  if (secrets.length === 0) return []
  const byId = new Map(records.map((record) => [record.id, record]))
  return secrets.flatMap(({ key_hash: hash, key_id: id, valid_until: until }) => {
    const record = byId.get(id)
    if (record === undefined || record.hash === hash) return []
    return [{ ...record, hash, expiresAtMs: Math.min(until, record.expiresAtMs ?? until) }]
  })
}
