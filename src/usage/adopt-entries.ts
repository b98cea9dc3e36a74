import { DatabaseSync } from 'node:sqlite'
import { type FoundLedger, idsOf, isOfLedger } from './of-ledger.ts'

const busyMs = 2000

/**
 * Gives a ledger what waits in the spool for others, and returns how many entries that were. A gateway may be using the
 * spool: it ships what comes after what it has shipped, so that they are put there. Throws what SQLite throws.
 */
export function adoptEntries(path: string, place: FoundLedger): number {
  const database = new DatabaseSync(path, { timeout: busyMs })
  try {
    // To wait for the disk is the gateway's own business.
    database.exec('PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0; BEGIN IMMEDIATE')
    const others = `FROM ended WHERE NOT ${isOfLedger}`
    const insert = database.prepare(`INSERT INTO ended (entry, ledger) SELECT entry, ? ${others} ORDER BY sequence`)
    const { changes } = insert.run(place.id, ...idsOf(place))
    database.prepare(`DELETE ${others}`).run(...idsOf(place))
    database.exec('COMMIT')
    return Number(changes)
  } finally {
    database.close()
  }
}
