import { DatabaseSync } from 'node:sqlite'

const busyMs = 2000

/**
 * Gives a ledger what waits in the spool for others, and returns how many entries that were. A gateway may be using the
 * spool: it ships what comes after what it has shipped, so that they are put there. Throws what SQLite throws.
 */
export function adoptEntries(path: string, ledger: string): number {
  const database = new DatabaseSync(path, { timeout: busyMs })
  try {
    // To wait for the disk is the gateway's own business.
    database.exec('PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0; BEGIN IMMEDIATE')
    const others = 'FROM ended WHERE ledger IS NOT NULL AND ledger <> ?'
    const insert = database.prepare(`INSERT INTO ended (entry, ledger) SELECT entry, ? ${others} ORDER BY sequence`)
    const { changes } = insert.run(ledger, ledger)
    database.prepare(`DELETE ${others}`).run(ledger)
    database.exec('COMMIT')
    return Number(changes)
  } finally {
    database.close()
  }
}
