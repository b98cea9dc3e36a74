import { DatabaseSync } from 'node:sqlite'
import type { SpooledEntry } from './shipper.ts'

/** The entries of the spool as the shipping thread reads them. */
export interface SpoolReader {
  /** Throws what SQLite throws. */
  read(after: number, max: number): readonly SpooledEntry[]
  close(): void
}

const busyMs = 2000

/** Opens a spool that is there. Throws what SQLite throws. */
export function openSpoolReader(path: string): SpoolReader {
  const database = new DatabaseSync(path, { timeout: busyMs })
  try {
    const next = database.prepare('SELECT sequence, entry FROM ended WHERE sequence > ? ORDER BY sequence LIMIT ?')
    return {
      // What is in the file was written by us alone.
      read: (after, max) => next.all(after, max) as unknown as SpooledEntry[],
      close: () => database.close(),
    }
  } catch (thrown) {
    database.close()
    throw thrown
  }
}
