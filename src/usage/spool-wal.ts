import { DatabaseSync } from 'node:sqlite'

/**
 * The write-ahead log of a spool, for the thread that may wait for the disk. SQLite begins a log that has been copied anew
 * with the next commit, and that commit waits for the disk, on the thread that serves. So a reader holds the log, which
 * then only grows, and it is begun anew here, in a moment in which nobody else writes. Every method throws what SQLite
 * throws.
 */
export interface SpoolWal {
  /**
   * Has the disk take what was committed, and copies it out of the log. True where the log is long, and is to begin anew;
   * from the next time on it is not held then, should somebody else come to do so.
   */
  checkpoint(): boolean
  /** Begins anew, where nobody writes meanwhile; where somebody does, it stays as long as it is. */
  beginAnew(): void
  close(): void
}

const busyMs = 2000
/** Of 4 KB; a commit is three of them. */
const usualPagesMax = 4096

/** Opens the log of a spool that is there. Throws what SQLite throws. */
export function openSpoolWal(path: string, pagesMax = usualPagesMax): SpoolWal {
  const database = new DatabaseSync(path, { timeout: busyMs })
  const hold = openHold(path)
  const version = database.prepare('PRAGMA data_version')
  // Passive: it copies what it can while others read and write, and holds up neither.
  const copy = database.prepare('PRAGMA wal_checkpoint(PASSIVE)')
  let seen: unknown
  let isLong = false

  function copyOut(): void {
    isLong = Number(copy.get()?.['log']) > pagesMax
  }

  return {
    checkpoint() {
      // Where nothing is new, the hold stays: another one would hold nothing of a log that has been copied.
      const newest = version.get()?.['data_version']
      if (newest === seen) return isLong
      if (isLong) hold.release()
      else hold.renew()
      copyOut()
      seen = newest
      return isLong
    },
    beginAnew() {
      hold.release()
      copyOut()
      // The first commit after that begins it; what is counted matters to nobody.
      const counted = Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
      database.exec(`PRAGMA user_version = ${(counted + 1) % 2 ** 31}`)
      hold.renew()
      copyOut()
    },
    close() {
      hold.close()
      database.close()
    },
  }
}

/** A reader of the newest there is: what comes after it stays in the log. */
function openHold(path: string) {
  let [holding, free] = [openReader(path), openReader(path)]
  return {
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

function openReader(path: string) {
  const database = new DatabaseSync(path, { timeout: busyMs })
  const begin = database.prepare('BEGIN')
  const look = database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1')
  const commit = database.prepare('COMMIT')

  function end(): void {
    if (database.isTransaction) commit.run()
  }

  return {
    begin(): void {
      end()
      begin.run()
      look.get()
    },
    end,
    close: () => database.close(),
  }
}
