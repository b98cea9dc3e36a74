import { randomBytes } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { GatewayError } from '../chat/gateway-error.ts'
import type { Actor } from '../chat/key-admin.ts'
import type { Database } from '../database/database.ts'
import { isIdentifier } from '../database/identifier.ts'
import { writeAudit } from './audit-trail.ts'
import { findExcess } from './grant.ts'
import { requireSense } from './key-fields.ts'
import { createKey, hashKey, hintOf } from './key-format.ts'
import { KeyRequestError } from './key-request-error.ts'
import { type Connection, readById } from './key-rows.ts'
import { showFields } from './key-view.ts'
import { encodeNames, encodeTerms, isPlain, type KeyFields, type Rights, type StoredKey } from './stored-key.ts'

/** A key with its secret, which is told once. */
export type NewlyMade = StoredKey & { readonly key: string }

/** Every change of keys: one transaction each, with its line in the audit trail. Undefined is a key that is not there. */
export interface KeyChanges {
  create(actor: Actor, fieldsFor: (maker: Rights) => KeyFields): Promise<NewlyMade>
  update(id: string, actor: Actor, change: (key: StoredKey) => KeyFields): Promise<StoredKey | undefined>
  rotate(id: string, actor: Actor, overlapMs: number): Promise<NewlyMade | undefined>
  /** A key that is revoked already stays revoked at its time. */
  revoke(id: string, actor: Actor): Promise<StoredKey | undefined>
}

/** One change, from its first look to its line in the trail. */
interface Change {
  readonly connection: Connection
  readonly maker: Maker
  /** To be asked once the key is held: what comes later in the trail is then dated later. */
  now(): number
}

interface Maker {
  readonly id: string
  readonly name: string
  readonly rights: Rights
}

export function createKeyChanges(database: Database, now: () => number): KeyChanges {
  async function inOne<Result>(actor: Actor, run: (change: Change) => Promise<Result>): Promise<Result> {
    await database.migrate()
    return begin(database).execute(async (connection) => {
      return run({ connection, now, maker: await findMaker(connection, actor, now()) })
    })
  }

  /** Holds the key until the change is done, so that two changes at once are one after the other. */
  async function lock(connection: Connection, id: string): Promise<StoredKey | undefined> {
    // SQLite's transactions here are alone from their beginning.
    if (database.kind === 'mysql' && isIdentifier(id)) {
      await connection.selectFrom('gateway_keys').select('id').where('id', '=', id).forUpdate().execute()
    }
    return readById(connection, id)
  }

  /** The key, where there is one and the actor may manage it. */
  async function held({ connection, maker }: Change, id: string): Promise<StoredKey | undefined> {
    const key = await lock(connection, id)
    if (key !== undefined) requireWithin(maker, key, 'manage a key that has')
    return key
  }

  return {
    create: (actor, fieldsFor) => inOne(actor, (change) => insertKey(change, fieldsFor(change.maker.rights))),
    update: (id, actor, fieldsOf) =>
      inOne(actor, async (change) => {
        const key = await held(change, id)
        return key === undefined ? undefined : changeFields(change, key, fieldsOf(requireLive(key)))
      }),
    rotate: (id, actor, overlapMs) =>
      inOne(actor, async (change) => {
        const key = await held(change, id)
        return key === undefined ? undefined : replaceSecret(change, requireLive(key), overlapMs)
      }),
    revoke: (id, actor) =>
      inOne(actor, async (change) => {
        const key = await held(change, id)
        return key === undefined || key.revokedAtMs !== null ? key : endKey(change, key)
      }),
  }
}

/**
 * By its own choice MySQL would show a transaction everything as it was at its first look, also after it has waited for
 * somebody else's change of the key: what was granted in between must be seen.
 */
function begin({ kind, kysely }: Database) {
  const transaction = kysely.transaction()
  return kind === 'mysql' ? transaction.setIsolationLevel('read committed') : transaction
}

const everything: Rights = { role: 'admin', services: 'all', expiresAtMs: null }

async function findMaker(connection: Connection, actor: Actor, nowMs: number): Promise<Maker> {
  if (actor.is === 'owner') return { ...actor, rights: everything }
  const key = await readById(connection, actor.id)
  const isLive = key !== undefined && key.revokedAtMs === null && (key.expiresAtMs ?? nowMs + 1) > nowMs
  if (isLive && (key.role === 'admin' || key.role === 'operator')) return { id: key.id, name: key.name, rights: key }
  throw new GatewayError('forbidden-service', 'This key may not manage keys.')
}

function requireWithin({ rights }: Maker, wanted: Rights, act: string): void {
  const excess = findExcess(rights, wanted)
  if (excess === undefined) return
  const { field, grantable } = excess
  const message = `This key may not ${act} more than itself: \`${field}\`, of which it may grant ${grantable}.`
  throw new GatewayError('forbidden-service', message, { field })
}

function requireLive(key: StoredKey): StoredKey {
  if (key.revokedAtMs === null) return key
  throw new KeyRequestError(`The key ${key.id} is revoked, for good: make another.`)
}

async function insertKey({ connection, maker, now }: Change, fields: KeyFields): Promise<NewlyMade> {
  const nowMs = now()
  requireWithin(maker, fields, 'make a key that has')
  requireSense(fields)
  const key = createKey()
  const row = { id: `key_${randomBytes(8).toString('hex')}`, key_hash: hashKey(key), key_hint: hintOf(key) }
  const times = { created_at: nowMs, expires_at: fields.expiresAtMs, revoked_at: null }
  const values = { ...row, ...times, name: requireName(fields.name), services: encodeNames(fields.services) }
  await connection.insertInto('gateway_keys').values(values).execute()
  if (!isPlain(fields)) await writeTerms(connection, row.id, fields, nowMs)
  const after = { ...showFields(fields), hint: row.key_hint }
  await writeAudit(connection, { atMs: nowMs, actor: maker, action: 'key.create', keyId: row.id, before: null, after })
  return { ...(await mustRead(connection, row.id)), key }
}

async function changeFields({ connection, maker, now }: Change, key: StoredKey, fields: KeyFields) {
  const nowMs = now()
  requireWithin(maker, fields, 'give a key')
  requireSense(fields)
  const { before, after } = differences(showFields(key), showFields(fields))
  if (Object.keys(after).length === 0) return key
  const values = {
    name: requireName(fields.name),
    services: encodeNames(fields.services),
    expires_at: fields.expiresAtMs,
  }
  await connection.updateTable('gateway_keys').set(values).where('id', '=', key.id).execute()
  await writeTerms(connection, key.id, fields, nowMs)
  await writeAudit(connection, { atMs: nowMs, actor: maker, action: 'key.update', keyId: key.id, before, after })
  return mustRead(connection, key.id)
}

async function replaceSecret({ connection, maker, now }: Change, old: StoredKey, overlapMs: number) {
  const nowMs = now()
  const key = createKey()
  const until = nowMs + overlapMs
  const { key_hash } = await connection
    .selectFrom('gateway_keys')
    .select('key_hash')
    .where('id', '=', old.id)
    .executeTakeFirstOrThrow()
  await endOlderSecrets({ connection, nowMs }, old.id, until)
  if (overlapMs > 0) {
    const row = { key_hash, key_id: old.id, valid_until: until }
    await connection.insertInto('gateway_key_secrets').values(row).execute()
  }
  const fresh = { key_hash: hashKey(key), key_hint: hintOf(key) }
  await connection.updateTable('gateway_keys').set(fresh).where('id', '=', old.id).execute()
  const change = {
    before: { hint: old.hint },
    after: { hint: fresh.key_hint, old_works_until: new Date(until).toISOString() },
  }
  await writeAudit(connection, { atMs: nowMs, actor: maker, action: 'key.rotate', keyId: old.id, ...change })
  return { ...(await mustRead(connection, old.id)), key }
}

/** None outlives the one that is replaced now, so that an overlap of nothing ends all of them. */
async function endOlderSecrets(
  { connection, nowMs }: { readonly connection: Connection; readonly nowMs: number },
  keyId: string,
  until: number,
): Promise<void> {
  const lapsed = connection.deleteFrom('gateway_key_secrets').where('key_id', '=', keyId)
  await lapsed.where('valid_until', '<=', nowMs).execute()
  const later = connection.updateTable('gateway_key_secrets').set({ valid_until: until }).where('key_id', '=', keyId)
  await later.where('valid_until', '>', until).execute()
}

async function endKey({ connection, maker, now }: Change, key: StoredKey): Promise<StoredKey> {
  const nowMs = now()
  await connection.updateTable('gateway_keys').set({ revoked_at: nowMs }).where('id', '=', key.id).execute()
  const change = { before: { revoked_at: null }, after: { revoked_at: new Date(nowMs).toISOString() } }
  await writeAudit(connection, { atMs: nowMs, actor: maker, action: 'key.revoke', keyId: key.id, ...change })
  return mustRead(connection, key.id)
}

async function writeTerms(connection: Connection, id: string, fields: KeyFields, nowMs: number): Promise<void> {
  await connection.deleteFrom('gateway_key_terms').where('key_id', '=', id).execute()
  const row = { key_id: id, ...encodeTerms(fields), updated_at: nowMs }
  await connection.insertInto('gateway_key_terms').values(row).execute()
  await connection.deleteFrom('gateway_key_defaults').where('key_id', '=', id).execute()
  const reasoning_fields = fields.defaults?.reasoningFields
  if (reasoning_fields === undefined) return
  await connection.insertInto('gateway_key_defaults').values({ key_id: id, reasoning_fields }).execute()
}

async function mustRead(connection: Connection, id: string): Promise<StoredKey> {
  const key = await readById(connection, id)
  if (key === undefined) throw new Error('A key that was just written is not there.')
  return key
}

function requireName(name: string): string {
  if (/^\P{Cc}{1,100}$/u.test(name)) return name
  throw new KeyRequestError('The name of a key has 1 to 100 characters, none of them a control character.', 'name')
}

type Shown = Readonly<Record<string, unknown>>

function differences(old: Shown, fresh: Shown): { before: Shown; after: Shown } {
  const names = Object.keys(fresh).filter((name) => !isDeepStrictEqual(old[name], fresh[name]))
  const pick = (from: Shown) => Object.fromEntries(names.map((name) => [name, from[name]]))
  return { before: pick(old), after: pick(fresh) }
}
