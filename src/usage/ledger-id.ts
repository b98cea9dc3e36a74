import { randomBytes } from 'node:crypto'
import type { Database } from '../database/database.ts'
import { DatabaseError } from '../database/database-error.ts'
import { isDuplicate } from './duplicate.ts'

const slot = 1

/** Which ledger the database holds: the same by every address, also after a restore. Undefined where it has no name yet, as by an older version. Throws DatabaseError. */
export async function readLedgerId({ kysely }: Database): Promise<string | undefined> {
  try {
    const row = await kysely.selectFrom('gateway_ledger').select('id').where('slot', '=', slot).executeTakeFirst()
    return row?.id
  } catch (thrown) {
    if (thrown instanceof DatabaseError && thrown.isAboutMissingTable) return undefined
    throw thrown
  }
}

/** The same, and names it where it has no name yet. Throws DatabaseError and SchemaVersionError. */
export async function nameLedger(database: Database): Promise<string> {
  await database.migrate()
  const known = await readLedgerId(database)
  if (known !== undefined) return known
  const id = randomBytes(8).toString('hex')
  try {
    await database.kysely.insertInto('gateway_ledger').values({ slot, id }).execute()
    return id
  } catch (thrown) {
    // Another gateway was faster.
    const named = thrown instanceof DatabaseError && isDuplicate(thrown) ? await readLedgerId(database) : undefined
    if (named === undefined) throw thrown
    return named
  }
}
