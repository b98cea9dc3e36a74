import { closeSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { makePrivateFolder } from '../database/private-folder.ts'

/** What is written in one transaction. Entries are JSON text of a row. */
export interface SpoolChanges {
  /** Running requests as they stand now. */
  readonly notes: readonly { readonly id: string; readonly entry: string }[]
  /** Requests that have ended; `noted` where a note of theirs is to go. */
  readonly ended: readonly { readonly id: string; readonly entry: string; readonly noted: boolean }[]
  /** Entries that the database would not take. */
  readonly refused: readonly RefusedEntry[]
  /** Everything up to here is in the database, or was refused; 0 is nothing. */
  readonly shippedTo: number
}

export interface RefusedEntry {
  readonly sequence: number
  readonly reason: string
}

/** A note of another process's, or of this one's before it crashed. */
export interface ForeignNote {
  readonly id: string
  /** Grows with each time that it is noted. */
  readonly beat: number
  readonly entry: string
}

export interface SpoolState {
  /** Entries that are still to be shipped; counted by their sequences, because there may be very many. */
  readonly waiting: number
  readonly refused: number
  readonly running: number
}

/** The spool: an SQLite file that several processes may have open. Every method throws what SQLite throws. */
export interface SpoolFile {
  write(changes: SpoolChanges): void
  foreignNotes(): ForeignNote[]
  /** Ends a request whose process is gone, unless it has been noted meanwhile. */
  endForeign(note: ForeignNote, entry: string): void
  state(): SpoolState
  close(): void
}

const busyMs = 2000

/** A sequence is never given twice, also when the table was empty: what is shipped is removed up to a sequence. */
const tables = `
  CREATE TABLE IF NOT EXISTS ended (sequence INTEGER PRIMARY KEY AUTOINCREMENT, entry TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS running (
    id TEXT PRIMARY KEY, process TEXT NOT NULL, beat INTEGER NOT NULL, entry TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS refused (
    sequence INTEGER PRIMARY KEY, refused_at INTEGER NOT NULL, reason TEXT NOT NULL, entry TEXT NOT NULL
  );`

/**
 * Opens the spool, and makes it, for this user alone, where it is missing. A commit survives the process; a checkpoint,
 * which is another thread's, makes it survive a power cut.
 */
export function openSpoolFile(path: string, process: string): SpoolFile {
  makePrivateFolder(dirname(path))
  closeSync(openSync(path, 'a', 0o600))
  const database = new DatabaseSync(path, { timeout: busyMs })
  try {
    // A checkpoint waits for the disk: it must never happen within a commit.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0;')
    database.exec(tables)
    return prepare(database, process)
  } catch (thrown) {
    database.close()
    throw thrown
  }
}

function prepare(database: DatabaseSync, process: string): SpoolFile {
  const begin = database.prepare('BEGIN IMMEDIATE')
  const commit = database.prepare('COMMIT')
  const rollback = database.prepare('ROLLBACK')
  const end = prepareEnds(database)
  const forget = database.prepare('DELETE FROM running WHERE id = ?')
  const note = database.prepare(
    `INSERT INTO running (id, process, beat, entry) VALUES (?, ?, 0, ?)
     ON CONFLICT (id) DO UPDATE SET beat = beat + 1, process = excluded.process, entry = excluded.entry`,
  )
  const foreign = database.prepare('SELECT id, beat, entry FROM running WHERE process <> ?')
  const forgetForeign = database.prepare('DELETE FROM running WHERE id = ? AND beat = ?')
  const refuse = database.prepare(
    `INSERT OR IGNORE INTO refused (sequence, refused_at, reason, entry)
     SELECT sequence, CAST(unixepoch('subsec') * 1000 AS INTEGER), ?, entry FROM ended WHERE sequence = ?`,
  )
  const remove = database.prepare('DELETE FROM ended WHERE sequence <= ?')
  const count = database.prepare(
    `SELECT (SELECT coalesce(max(sequence) - min(sequence) + 1, 0) FROM ended) AS waiting, (SELECT count(*) FROM refused) AS refused,
            (SELECT count(*) FROM running) AS running`,
  )

  function apply({ notes, ended, refused, shippedTo }: SpoolChanges): void {
    for (const { id, entry } of notes) note.run(id, process, entry)
    end(ended.map(({ entry }) => entry))
    for (const { id, noted } of ended) if (noted) forget.run(id)
    for (const { sequence, reason } of refused) refuse.run(reason, sequence)
    if (shippedTo > 0) remove.run(shippedTo)
  }

  function inTransaction(run: () => void): void {
    begin.run()
    try {
      run()
      commit.run()
    } catch (thrown) {
      // SQLite has rolled back by itself after some failures, such as a full disk.
      if (database.isTransaction) rollback.run()
      throw thrown
    }
  }

  return {
    write(changes) {
      const [only, ...others] = changes.ended
      const isOne = only !== undefined && others.length === 0 && !only.noted
      // A statement by itself is a transaction.
      if (isOne && changes.notes.length + changes.refused.length + changes.shippedTo === 0) end([only.entry])
      else inTransaction(() => apply(changes))
    },
    // What is in the file was written by this file alone.
    foreignNotes: () => foreign.all(process) as unknown as ForeignNote[],
    endForeign({ id, beat }, entry) {
      inTransaction(() => {
        if (forgetForeign.run(id, beat).changes === 1) end([entry])
      })
    },
    state: () => count.get() as unknown as SpoolState,
    close: () => database.close(),
  }
}

/** One statement for many costs half of one for each; beyond this many there is little more to gain. */
const togetherMax = 32

/** Appends entries, in their order. */
function prepareEnds(database: DatabaseSync): (entries: readonly string[]) => void {
  const prepared: StatementSync[] = []

  function insertOf(count: number): StatementSync {
    prepared[count] ??= database.prepare(`INSERT INTO ended (entry) VALUES ${Array(count).fill('(?)').join(', ')}`)
    return prepared[count]
  }

  return (entries) => {
    for (let from = 0; from < entries.length; from += togetherMax) {
      const some = entries.slice(from, from + togetherMax)
      insertOf(some.length).run(...some)
    }
  }
}
