import { DatabaseSync } from 'node:sqlite'
import type { SpooledEntry } from './shipper.ts'

/** The spool as the shipping thread has it: it reads, and sees to it that the disk has what was committed. */
export interface SpoolReader {
  read(after: number, max: number): readonly SpooledEntry[]
  /** Waits for the disk, and must therefore never run on the thread that serves. Throws what SQLite throws. */
  checkpoint(): void
  close(): void
}

const busyMs = 2000

/** Opens a spool that is there. Throws what SQLite throws. */
export function openSpoolReader(path: string): SpoolReader {
  const database = new DatabaseSync(path, { timeout: busyMs })
  try {
    const next = database.prepare('SELECT sequence, entry FROM ended WHERE sequence > ? ORDER BY sequence LIMIT ?')
    // Passive: it copies what it can while others read and write, and holds up neither.
    const checkpoint = database.prepare('PRAGMA wal_checkpoint(PASSIVE)')
    return {
      // What is in the file was written by us alone.
      read: (after, max) => next.all(after, max) as unknown as SpooledEntry[],
      checkpoint: () => void checkpoint.get(),
      close: () => database.close(),
    }
  } catch (thrown) {
    database.close()
    throw thrown
  }
}
