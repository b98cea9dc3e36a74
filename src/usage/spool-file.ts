import { closeSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { makePrivateFolder } from '../database/private-folder.ts'
import { idsOf, isOfLedger, type LedgerPlace, ledgerAt } from './of-ledger.ts'
import { type InTransaction, transactionsOn } from './spool-transactions.ts'

/** What is written in one transaction. Entries are JSON text of a row. */
export interface SpoolChanges {
  /** Running requests as they stand now. */
  readonly notes: readonly { readonly id: string; readonly entry: string }[]
  /** Requests that have ended; `noted` where a note of theirs is to go. */
  readonly ended: readonly { readonly id: string; readonly entry: string; readonly noted: boolean }[]
  /** Entries that the database would not take. */
  readonly refused: readonly RefusedEntry[]
  /** Everything of this ledger up to here is in the database, or was refused; 0 is nothing. */
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
  /** Null in those of older versions. */
  readonly ledger: string | null
}

/** Whose a spool is while it is open. */
export interface SpoolOwner {
  readonly process: string
  /** Where the database is, without secrets. */
  readonly address: string
}

/**
 * The spool: an SQLite file that several processes may have open, also with another database each: an entry belongs to
 * the ledger that the process's database holds, by whatever address. Every method throws what SQLite throws.
 */
export interface SpoolFile {
  write(changes: SpoolChanges): void
  foreignNotes(): ForeignNote[]
  /** Ends a request whose process is gone, unless it has been noted meanwhile. */
  endForeign(note: ForeignNote): void
  /** The database turned out to hold this ledger: what is written from now on belongs to it. */
  belongTo(ledger: string): void
  close(): void
}

const busyMs = 2000

/** A sequence is never given twice, also when the table was empty: what is shipped is removed up to a sequence. */
const tables = `
  CREATE TABLE IF NOT EXISTS ended (sequence INTEGER PRIMARY KEY AUTOINCREMENT, entry TEXT NOT NULL, ledger TEXT);
  CREATE TABLE IF NOT EXISTS running (
    id TEXT PRIMARY KEY, process TEXT NOT NULL, beat INTEGER NOT NULL, entry TEXT NOT NULL, ledger TEXT
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS refused (
    sequence INTEGER PRIMARY KEY, refused_at INTEGER NOT NULL, reason TEXT NOT NULL, entry TEXT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS ledgers (address TEXT PRIMARY KEY, id TEXT NOT NULL) WITHOUT ROWID;`

/** The columns that older versions made; the ledger came later. */
const olderTables = [
  ['ended', 'sequence,entry'],
  ['running', 'id,process,beat,entry'],
] as const

/**
 * Opens the spool, and makes it, for this user alone, where it is missing. A commit survives the process; a checkpoint,
 * which is another thread's, makes it survive a power cut.
 */
export function openSpoolFile(path: string, owner: SpoolOwner): SpoolFile {
  makePrivateFolder(dirname(path))
  closeSync(openSync(path, 'a', 0o600))
  const database = new DatabaseSync(path, { timeout: busyMs })
  try {
    // A checkpoint waits for the disk: it must never happen within a commit.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0;')
    database.exec(tables)
    const inTransaction = transactionsOn(database)
    for (const [table, columns] of olderTables) addLedger(database, inTransaction, table, columns)
    return prepare(database, inTransaction, owner)
  } catch (thrown) {
    database.close()
    throw thrown
  }
}

/** What was written before is of any ledger. */
function addLedger(database: DatabaseSync, inTransaction: InTransaction, table: string, columns: string): void {
  const names = database.prepare(`SELECT group_concat(name) AS names FROM pragma_table_info('${table}')`)
  const isOlder = () => names.get()?.['names'] === columns
  if (!isOlder()) return
  // Another process may be at it too.
  inTransaction(() => {
    if (isOlder()) database.exec(`ALTER TABLE ${table} ADD COLUMN ledger TEXT`)
  })
}

function prepare(database: DatabaseSync, inTransaction: InTransaction, { process, address }: SpoolOwner): SpoolFile {
  let ledger = readLedger(database, address)
  const end = prepareEnds(database)
  const forget = database.prepare('DELETE FROM running WHERE id = ?')
  const note = database.prepare(
    `INSERT INTO running (id, process, beat, entry, ledger) VALUES (?, ?, 0, ?, ?)
     ON CONFLICT (id) DO UPDATE SET beat = beat + 1, process = excluded.process, entry = excluded.entry, ledger = excluded.ledger`,
  )
  const foreign = database.prepare('SELECT id, beat, entry, ledger FROM running WHERE process <> ?')
  const forgetForeign = database.prepare('DELETE FROM running WHERE id = ? AND beat = ?')
  const refuse = database.prepare(
    `INSERT OR IGNORE INTO refused (sequence, refused_at, reason, entry)
     SELECT sequence, CAST(unixepoch('subsec') * 1000 AS INTEGER), ?, entry FROM ended WHERE sequence = ?`,
  )
  const removeTo = prepareRemoval(database)

  function apply({ notes, ended, refused, shippedTo }: SpoolChanges): void {
    for (const { id, entry } of notes) note.run(id, process, entry, ledger)
    end(
      ended.map(({ entry }) => entry),
      ledger,
    )
    for (const { id, noted } of ended) if (noted) forget.run(id)
    for (const { sequence, reason } of refused) refuse.run(reason, sequence)
    if (shippedTo > 0) removeTo(shippedTo, { id: ledger, address })
  }

  return {
    write(changes) {
      const [only, ...others] = changes.ended
      const isOne = only !== undefined && others.length === 0 && !only.noted
      // A statement by itself is a transaction.
      if (isOne && changes.notes.length + changes.refused.length + changes.shippedTo === 0) end([only.entry], ledger)
      else inTransaction(() => apply(changes))
    },
    // What is in the file was written by this file alone.
    foreignNotes: () => foreign.all(process) as unknown as ForeignNote[],
    endForeign({ id, beat, entry, ledger: whose }) {
      inTransaction(() => {
        if (forgetForeign.run(id, beat).changes === 1) end([entry], whose)
      })
    },
    belongTo(found) {
      ledger = found
    },
    close: () => database.close(),
  }
}

/** Which ledger the database at an address holds: as it was found when it was last reached. */
function readLedger(database: DatabaseSync, address: string): string {
  const found = database.prepare('SELECT id FROM ledgers WHERE address = ?').get(address)
  return found === undefined ? ledgerAt(address) : String(found['id'])
}

function prepareRemoval(database: DatabaseSync): (sequence: number, place: LedgerPlace) => void {
  const remove = database.prepare(`DELETE FROM ended WHERE sequence > ? AND sequence <= ? AND ${isOfLedger}`)
  // What others have waiting is passed by once.
  let removedTo = 0
  return (sequence, place) => {
    remove.run(removedTo, sequence, ...idsOf(place))
    removedTo = sequence
  }
}

/** One statement for many costs half of one for each; beyond this many there is little more to gain. */
const togetherMax = 32

/** Appends entries of one ledger, in their order. */
function prepareEnds(database: DatabaseSync): (entries: readonly string[], ledger: string | null) => void {
  const prepared: StatementSync[] = []

  function insertOf(count: number): StatementSync {
    prepared[count] ??= database.prepare(`INSERT INTO ended (ledger, entry) VALUES ${rowsOf(count)}`)
    return prepared[count]
  }

  return (entries, ledger) => {
    for (let from = 0; from < entries.length; from += togetherMax) {
      const some = entries.slice(from, from + togetherMax)
      insertOf(some.length).run(ledger, ...some)
    }
  }
}

function rowsOf(count: number): string {
  return Array.from({ length: count }, (_, index) => `(?1, ?${index + 2})`).join(', ')
}
