import { statfsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { failureCode } from './failure-code.ts'

/**
 * The write-ahead log of a spool, for the thread that may wait for the disk. Once all of a log is copied to its file, SQLite
 * writes it from its beginning again with the next commit, and that commit waits for the disk: on the thread that serves.
 * So a reader holds the log, which then only grows, and it is begun anew here, in a moment in which nobody else writes.
 * Every method throws what SQLite throws.
 */
export interface SpoolWal {
  /**
   * Has the disk take what was committed, and copies it out of the log. True where the log is long, and is to begin anew. A
   * long one is not held any more: another process that shares the spool may be about to begin it.
   */
  checkpoint(): boolean
  /** Begins anew, where nobody writes meanwhile; where somebody does, it stays as long as it is. */
  beginAnew(): void
  close(): void
}

/** A commit is two of them or more. */
const usualPagesMax = 2048
const pageBytes = 4096
/** What is copied needs room too, beside the log. */
const roomFactor = 2

/** Opens the log of a spool that is there, which begins anew. Throws what SQLite throws. */
export function openSpoolWal(path: string, pagesMax = usualPagesMax): SpoolWal {
  // It waits for nobody's lock: there is another time.
  const database = new DatabaseSync(path, { timeout: 0 })
  database.exec('PRAGMA synchronous = NORMAL')
  const hold = openHold(path)
  // Passive: it copies what it can while others read and write, and holds up neither.
  const copy = database.prepare('PRAGMA wal_checkpoint(PASSIVE)')
  let isLong = false

  /** Up to where the log is held, or read; true where that is all of it. */
  function copyOut(): boolean {
    const { log, checkpointed } = copy.get() ?? {}
    isLong = Number(log) > pagesMax || Number(log) * pageBytes * roomFactor > freeBytesAt(path)
    return log === checkpointed
  }

  /**
   * A commit that changes nothing: it begins a log of which all was copied, and gives the hold something to hold. Where
   * somebody else writes just then, the next time will do.
   */
  function beginAnew(): void {
    try {
      database.exec('PRAGMA user_version = 0')
    } catch (thrown) {
      if (failureCode(thrown) === 'SQLITE_BUSY') return
      throw thrown
    }
    hold.renew()
  }

  beginAnew()
  return {
    checkpoint() {
      // Where nothing is new the hold must stay: of a log that was copied, another one would hold nothing.
      if (!copyOut()) {
        if (isLong) hold.release()
        else hold.renew()
        copyOut()
      }
      if (!isLong && !hold.isHeld()) beginAnew()
      return isLong
    },
    beginAnew() {
      hold.release()
      copyOut()
      beginAnew()
    },
    close() {
      hold.close()
      database.close()
    },
  }
}

function freeBytesAt(path: string): number {
  const { bavail, bsize } = statfsSync(path)
  return bavail * bsize
}

/** A reader of the newest there is: what comes after it stays in the log. */
function openHold(path: string) {
  let [holding, free] = [openReader(path), openReader(path)]
  return {
    isHeld: () => holding.isReading(),
    renew(): void {
      free.begin()
      holding.end()
      ;[holding, free] = [free, holding]
    },
    release: () => holding.end(),
    close(): void {
      holding.close()
      free.close()
    },
  }
}

const busyMs = 2000

function openReader(path: string) {
  const database = new DatabaseSync(path, { timeout: busyMs })
  const begin = database.prepare('BEGIN')
  const look = database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1')
  const commit = database.prepare('COMMIT')

  function end(): void {
    if (database.isTransaction) commit.run()
  }

  return {
    isReading: () => database.isTransaction,
    begin(): void {
      end()
      begin.run()
      look.get()
    },
    end,
    close: () => database.close(),
  }
}
