import { DatabaseSync } from 'node:sqlite'
import { moveEntries } from './move-entries.ts'
import { type FoundLedger, idsOf, isOfLedger, knowsLedgers } from './of-ledger.ts'

const busyMs = 2000

/**
 * Gives a ledger what waits in the spool for others, and resolves with how many entries that were. A gateway may be using
 * the spool meanwhile. Throws what SQLite throws.
 */
export async function adoptEntries(path: string, found: FoundLedger): Promise<number> {
  const database = new DatabaseSync(path, { timeout: busyMs })
  try {
    // To wait for the disk is the gateway's own business.
    database.exec('PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0')
    if (!knowsLedgers(database)) return 0
    return await moveEntries(database, found.id, [`NOT ${isOfLedger}`, ...idsOf(found)])
  } finally {
    database.close()
  }
}
