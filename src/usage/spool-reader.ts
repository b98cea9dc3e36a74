import { DatabaseSync } from 'node:sqlite'
import { moveEntries } from './move-entries.ts'
import { type FoundLedger, idsOf, isOfLedger, type LedgerPlace, ledgerAt } from './of-ledger.ts'
import type { SpooledEntry } from './shipper.ts'

/** The entries of the spool as the shipping thread reads them. */
export interface SpoolReader {
  /**
   * Keeps which ledger was found at an address, and gives it what was written for other addresses where it had been found.
   * Throws what SQLite throws.
   */
  know(found: FoundLedger): Promise<void>
  /** Those of a ledger. Throws what SQLite throws. */
  read(place: LedgerPlace, after: number, max: number): readonly SpooledEntry[]
  /** How many are of other ledgers. Throws what SQLite throws. */
  elsewhere(place: LedgerPlace): number
  close(): void
}

const busyMs = 2000

const writtenElsewhere = "ledger IN (SELECT '@' || address FROM ledgers WHERE id = ?) AND ledger <> ?"

/** Opens a spool that is there. Throws what SQLite throws. */
export function openSpoolReader(path: string): SpoolReader {
  const database = new DatabaseSync(path, { timeout: busyMs })
  try {
    // Whoever writes beside it must wait neither for the disk nor for a checkpoint.
    database.exec('PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0')
    const next = database.prepare(
      `SELECT sequence, entry FROM ended WHERE sequence > ? AND ${isOfLedger} ORDER BY sequence LIMIT ?`,
    )
    const others = database.prepare(`SELECT count(*) AS rows FROM ended WHERE NOT ${isOfLedger}`)
    const known = database.prepare('SELECT 1 FROM ledgers WHERE address = ? AND id = ?')
    const keep = database.prepare(
      'INSERT INTO ledgers (address, id) VALUES (?, ?) ON CONFLICT (address) DO UPDATE SET id = excluded.id',
    )
    return {
      async know({ address, id }) {
        if (known.get(address, id) === undefined) keep.run(address, id)
        await moveEntries(database, id, [writtenElsewhere, id, ledgerAt(address)])
      },
      // What is in the file was written by us alone.
      read: (place, after, max) => next.all(after, ...idsOf(place), max) as unknown as SpooledEntry[],
      elsewhere: (place) => Number(others.get(...idsOf(place))?.['rows']),
      close: () => database.close(),
    }
  } catch (thrown) {
    database.close()
    throw thrown
  }
}
