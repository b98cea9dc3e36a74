import type { Database } from '../database/database.ts'
import type { HeldRecord } from './held-record.ts'

/** The records in the database. Every method throws DatabaseError and SchemaVersionError. */
export interface RecordTable {
  /** Twice is as good as once: an answer may get lost on its way. Makes room by removing the owner's oldest. */
  save(record: HeldRecord): Promise<void>
  read(owner: string, id: string): Promise<Pick<HeldRecord, 'text'> | undefined>
  /** False where it was not there. */
  remove(owner: string, id: string): Promise<boolean>
  removeExpired(): Promise<void>
}

export function createRecordTable(database: Database, bytesPerOwnerMax: number, now: () => number): RecordTable {
  const { kysely } = database

  async function makeRoom(owner: string): Promise<void> {
    let over = (await bytesOf(database, owner)) - bytesPerOwnerMax
    while (over > 0) {
      const oldest = await oldestOf(database, owner)
      if (oldest.length === 0) return
      const removed = takeUntil(oldest, over)
      await removeAll(database, owner, removed.ids)
      over -= removed.bytes
    }
  }

  return {
    async save({ owner, id, text, bytes, createdAtMs, expiresAtMs }) {
      await database.migrate()
      const row = { owner, id, text, bytes, created_at: createdAtMs, expires_at: expiresAtMs }
      await kysely.replaceInto('gateway_responses').values(row).execute()
      await makeRoom(owner)
    },
    async read(owner, id) {
      await database.migrate()
      return kysely
        .selectFrom('gateway_responses')
        .select('text')
        .where('owner', '=', owner)
        .where('id', '=', id)
        .where('expires_at', '>', now())
        .executeTakeFirst()
    },
    async remove(owner, id) {
      await database.migrate()
      return (await removeAll(database, owner, [id])) > 0
    },
    async removeExpired() {
      await kysely.deleteFrom('gateway_responses').where('expires_at', '<=', now()).execute()
    },
  }
}

async function bytesOf({ kysely }: Database, owner: string): Promise<number> {
  const { bytes } = await kysely
    .selectFrom('gateway_responses')
    .select(({ fn }) => fn.sum<number | string | null>('bytes').as('bytes'))
    .where('owner', '=', owner)
    .executeTakeFirstOrThrow()
  return Number(bytes ?? 0)
}

/** Few enough for one statement. */
const oldestMax = 100

interface Sized {
  readonly id: string
  readonly bytes: number
}

function oldestOf({ kysely }: Database, owner: string): Promise<Sized[]> {
  return kysely
    .selectFrom('gateway_responses')
    .select(['id', 'bytes'])
    .where('owner', '=', owner)
    .orderBy('created_at')
    .orderBy('id')
    .limit(oldestMax)
    .execute()
}

/** As many from the beginning as it takes. */
function takeUntil(sized: readonly Sized[], wanted: number): { readonly ids: string[]; readonly bytes: number } {
  const ids: string[] = []
  let taken = 0
  for (const { id, bytes } of sized) {
    if (taken >= wanted) break
    ids.push(id)
    taken += Number(bytes)
  }
  return { ids, bytes: taken }
}

async function removeAll({ kysely }: Database, owner: string, ids: readonly string[]): Promise<number> {
  const { numDeletedRows } = await kysely
    .deleteFrom('gateway_responses')
    .where('owner', '=', owner)
    .where('id', 'in', ids)
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}
