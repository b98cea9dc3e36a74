import type { Actor } from '../chat/key-admin.ts'
import type { Database } from '../database/database.ts'
import { createKeyChanges, type KeyChanges, type NewlyMade } from './change-keys.ts'
import { KeyRequestError } from './key-request-error.ts'
import { readRecords, readStored } from './key-rows.ts'
import type { KeyReading, KeyStore } from './key-store.ts'
import type { KeyFields, StoredKey } from './stored-key.ts'

type NewKey = Pick<KeyFields, 'name' | 'services' | 'expiresAtMs'> & Partial<KeyFields>

/** The keys that this gateway made, in its own table. Every method throws DatabaseError and SchemaVersionError. */
export interface GatewayKeyStore extends KeyStore {
  /** The key itself is told here and never again. Throws KeyRequestError for a name that cannot be. */
  create(wanted: NewKey): Promise<NewlyMade>
  /** All keys, the oldest first. */
  list(): Promise<readonly StoredKey[]>
  /** By id, or by name where one key has it; throws KeyRequestError where several have it. */
  show(reference: string): Promise<StoredKey | undefined>
  /** Like show; a key that is revoked already stays revoked at its time. */
  revoke(reference: string): Promise<StoredKey | undefined>
  /** The changes that somebody in particular makes, by id alone. */
  readonly changes: KeyChanges
}

/** Whoever can reach the database. */
export const localOwner: Actor = { is: 'owner', id: 'local', name: 'command line' }

export function createGatewayKeyStore(database: Database, now: () => number = Date.now): GatewayKeyStore {
  const changes = createKeyChanges(database, now)
  const list = async () => {
    await database.migrate()
    return readStored(database.kysely)
  }
  const show = async (reference: string) => findOne(await list(), reference)
  return {
    algorithm: 'sha256',
    holdsOurFormatOnly: true,
    identity: `${database.kind}:${database.location}#gateway_keys`,
    describe: () => `gateway_keys in ${database.location}`,
    readAll: () => readAll(database, now()),
    create: (wanted) => changes.create(localOwner, () => completeFields(wanted)),
    list,
    show,
    async revoke(reference) {
      const found = await show(reference)
      return found === undefined ? undefined : changes.revoke(found.id, localOwner)
    },
    changes,
  }
}

function completeFields(wanted: NewKey): KeyFields {
  return { owner: '', notes: '', tags: [], ...wanted, name: wanted.name.trim() }
}

async function readAll(database: Database, nowMs: number): Promise<KeyReading> {
  await database.migrate()
  return { records: await readRecords(database.kysely, nowMs), problems: [] }
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
