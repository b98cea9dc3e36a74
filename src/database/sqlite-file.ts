import { closeSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { SqliteDatabase, SqliteStatement } from 'kysely'
import { DatabaseError } from './database-error.ts'
import { makePrivateFolder } from './private-folder.ts'

const busyMs = 2000

/**
 * Opens the file as Kysely's SqliteDialect wants it, and creates it, for this user alone, where it is missing.
 * Throws DatabaseError.
 */
export function openSqliteFile(path: string): SqliteDatabase {
  return guarded(() => {
    makePrivateFolder(dirname(path))
    // SQLite gives its -wal and -shm files the mode of this one.
    closeSync(openSync(path, 'a', 0o600))
    // Double quotes stay identifiers (the default): otherwise a column that is gone would read as its own name.
    const database = new DatabaseSync(path, { timeout: busyMs, enableForeignKeyConstraints: true, readBigInts: true })
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
    const prepareOnce = keepPrepared((text) => prepare(database, text))
    return { prepare: prepareOnce, close: () => database.isOpen && database.close() }
  })
}

const preparedMax = 64

/** What is asked again and again is prepared once; SQLite itself notices when a table has changed. */
function keepPrepared(prepareNew: (text: string) => SqliteStatement): (text: string) => SqliteStatement {
  const kept = new Map<string, SqliteStatement>()
  return (text) => {
    const statement = kept.get(text) ?? prepareNew(text)
    // The one that was used longest ago comes first.
    kept.delete(text)
    kept.set(text, statement)
    if (kept.size > preparedMax) for (const [oldest] of kept.entries().take(1)) kept.delete(oldest)
    return statement
  }
}

const nothingDone = { changes: 0, lastInsertRowid: 0 }

function prepare(database: DatabaseSync, text: string): SqliteStatement {
  // A transaction that turns into a writer later fails at once when there is another writer, instead of waiting for it.
  const statement = guarded(() => database.prepare(text === 'begin' ? 'begin immediate' : text))
  // After some failures, such as a full disk, SQLite has rolled back by itself. To fail at it then would hide what they were.
  const isDone = () => text === 'rollback' && !database.isTransaction
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => guarded(() => readRows(statement, parameters)),
    run: (parameters) => (isDone() ? nothingDone : guarded(() => statement.run(...bindable(parameters)))),
    iterate: (parameters) => readRows(statement, parameters).values(),
  }
}

function readRows(statement: StatementSync, parameters: readonly unknown[]): Record<string, unknown>[] {
  const rows: Record<string, unknown>[] = statement.all(...bindable(parameters))
  for (const row of rows) {
    for (const name in row) row[name] = narrow(row[name])
  }
  return rows
}

/** Integers are read as bigints, because one beyond 2^53 would make the whole read fail; nearly all are none of those. */
function narrow(value: unknown): unknown {
  return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value
}

function bindable(parameters: readonly unknown[]): SQLInputValue[] {
  for (const value of parameters) {
    if (!isBindable(value)) throw new TypeError(`A parameter of the type ${typeof value} cannot be bound.`)
  }
  // Each has just been looked at; a batch of entries has thousands, which are not copied.
  return parameters as SQLInputValue[]
}

function isBindable(value: unknown): value is SQLInputValue {
  if (value === null || typeof value === 'string' || typeof value === 'number') return true
  return typeof value === 'bigint' || value instanceof Uint8Array
}

function guarded<Result>(run: () => Result): Result {
  try {
    return run()
  } catch (thrown) {
    throw toDatabaseError(thrown)
  }
}

/** SQLite's result codes (https://sqlite.org/rescode.html); an extended code holds its primary one in the low byte. */
const codes: Readonly<Record<number, string>> = {
  5: 'SQLITE_BUSY',
  6: 'SQLITE_LOCKED',
  8: 'SQLITE_READONLY',
  10: 'SQLITE_IOERR',
  11: 'SQLITE_CORRUPT',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
  19: 'SQLITE_CONSTRAINT',
  26: 'SQLITE_NOTADB',
  // SQLITE_IOERR_SHMSIZE: on a full disk even what readers share cannot be made.
  4874: 'SQLITE_FULL',
}

function toDatabaseError(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || thrown instanceof TypeError) return thrown
  if ('errcode' in thrown && typeof thrown.errcode === 'number') {
    return new DatabaseError(codeOf(thrown.errcode, thrown.message), thrown.errcode)
  }
  if (!('code' in thrown) || typeof thrown.code !== 'string') return thrown
  // Said of a folder that there cannot be; to people the same word would mean a server that is away.
  return new DatabaseError(thrown.code === 'ENOENT' ? 'SQLITE_CANTOPEN' : thrown.code)
}

/** SQLite has one code for every mistake in a statement; only its words tell them apart. */
function codeOf(extended: number, message: string): string {
  if (message.startsWith('no such table')) return 'SQLITE_NO_SUCH_TABLE'
  if (message.startsWith('no such column')) return 'SQLITE_NO_SUCH_COLUMN'
  return codes[extended] ?? codes[extended & 0xff] ?? 'SQLITE_ERROR'
}
