import { DatabaseSync } from 'node:sqlite'
import type { SpooledEntry } from './shipper.ts'

/** The entries of the spool as the shipping thread reads them. */
export interface SpoolReader {
  /** Those of a ledger, and those that are anybody's. Throws what SQLite throws. */
  read(ledger: string, after: number, max: number): readonly SpooledEntry[]
  /** How many are of other ledgers. Throws what SQLite throws. */
  elsewhere(ledger: string): number
  close(): void
}

const busyMs = 2000

/** Opens a spool that is there. Throws what SQLite throws. */
export function openSpoolReader(path: string): SpoolReader {
  const database = new DatabaseSync(path, { timeout: busyMs })
  try {
    const next = database.prepare(
      `SELECT sequence, entry FROM ended WHERE sequence > ? AND (ledger IS NULL OR ledger = ?) ORDER BY sequence LIMIT ?`,
    )
    const others = database.prepare('SELECT count(*) AS rows FROM ended WHERE ledger IS NOT NULL AND ledger <> ?')
    return {
      // What is in the file was written by us alone.
      read: (ledger, after, max) => next.all(after, ledger, max) as unknown as SpooledEntry[],
      elsewhere: (ledger) => Number(others.get(ledger)?.['rows']),
      close: () => database.close(),
    }
  } catch (thrown) {
    database.close()
    throw thrown
  }
}
