import { randomBytes } from 'node:crypto'
import type { Database } from '../database/database.ts'
import { createKey, hashKey, hintOf } from './key-format.ts'
import { KeyRequestError } from './key-request-error.ts'
import type { KeyReading, KeyStore } from './key-store.ts'
import { decodeServices, decodeStoredKey, encodeServices, type StoredKey } from './stored-key.ts'

interface NewKey {
  /** 1 to 100 characters; names may repeat. */
  readonly name: string
  readonly services: 'all' | readonly string[]
  /** Milliseconds since 1970 in UTC; null is never. */
  readonly expiresAtMs: number | null
}

/** The keys that this gateway made, in its own table. Every method throws DatabaseError and NewerSchemaError. */
export interface GatewayKeyStore extends KeyStore {
  /** The key itself is told here and never again. Throws KeyRequestError for a name that cannot be. */
  create(wanted: NewKey): Promise<StoredKey & { readonly key: string }>
  /** All keys, the oldest first. */
  list(): Promise<readonly StoredKey[]>
  /** By id, or by name where one key has it; throws KeyRequestError where several have it. */
  show(reference: string): Promise<StoredKey | undefined>
  /** Like show; a key that is revoked already stays revoked at its time. */
  revoke(reference: string): Promise<StoredKey | undefined>
}

export function createGatewayKeyStore(database: Database, now: () => number = Date.now): GatewayKeyStore {
  const list = () => listKeys(database)
  const show = async (reference: string) => findOne(await list(), reference)
  return {
    algorithm: 'sha256',
    holdsOurFormatOnly: true,
    identity: `${database.kind}:${database.location}#gateway_keys`,
    describe: () => `gateway_keys in ${database.location}`,
    readAll: () => readAll(database),
    create: (wanted) => insertKey(database, wanted, now()),
    list,
    show,
    async revoke(reference) {
      const found = await show(reference)
      if (found === undefined || found.revokedAtMs !== null) return found
      await markRevoked(database, found.id, now())
      return show(found.id)
    },
  }
}

async function readAll(database: Database): Promise<KeyReading> {
  await database.migrate()
  const rows = await database.kysely
    .selectFrom('gateway_keys')
    .select(['id', 'name', 'key_hash', 'services', 'expires_at', 'revoked_at'])
    .orderBy('id')
    .execute()
  const records = rows.map((row) => ({
    hash: row.key_hash,
    id: row.id,
    name: row.name,
    services: decodeServices(row.services),
    expiresAtMs: row.expires_at,
    isRevoked: row.revoked_at !== null,
  }))
  return { records, problems: [] }
}

async function insertKey(database: Database, wanted: NewKey, createdAtMs: number) {
  const name = wanted.name.trim()
  if (!/^\P{Cc}{1,100}$/u.test(name)) {
    throw new KeyRequestError('The name of a key has 1 to 100 characters, none of them a control character.')
  }
  await database.migrate()
  const key = createKey()
  const row = {
    id: `key_${randomBytes(8).toString('hex')}`,
    name,
    key_hint: hintOf(key),
    services: encodeServices(wanted.services),
    created_at: createdAtMs,
    expires_at: wanted.expiresAtMs,
    revoked_at: null,
  }
  await database.kysely
    .insertInto('gateway_keys')
    .values({ ...row, key_hash: hashKey(key) })
    .execute()
  return { ...decodeStoredKey(row), key }
}

async function listKeys(database: Database): Promise<readonly StoredKey[]> {
  await database.migrate()
  const rows = await database.kysely
    .selectFrom('gateway_keys')
    .select(['id', 'name', 'key_hint', 'services', 'created_at', 'expires_at', 'revoked_at'])
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  return rows.map(decodeStoredKey)
}

async function markRevoked(database: Database, id: string, revokedAtMs: number): Promise<void> {
  await database.kysely
    .updateTable('gateway_keys')
    .set({ revoked_at: revokedAtMs })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .execute()
}

/** An id beats a name, so that nobody can stand in the way of an id by naming a key after it. */
function findOne(keys: readonly StoredKey[], reference: string): StoredKey | undefined {
  const byId = keys.find(({ id }) => id === reference)
  if (byId !== undefined) return byId
  const byName = keys.filter(({ name }) => name === reference)
  if (byName.length > 1) {
    const ids = byName.map(({ id }) => id).join(', ')
    throw new KeyRequestError(`${byName.length} keys have the name ${JSON.stringify(reference)}; say which: ${ids}.`)
  }
  return byName[0]
}
