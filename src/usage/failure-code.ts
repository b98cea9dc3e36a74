import { DatabaseError } from '../database/database-error.ts'
import { SchemaVersionError } from '../database/migrate.ts'

/**
 * A short word for what went wrong with a database or a file, fit for any log: other errors' messages may hold what they
 * were given.
 */
export function failureCode(thrown: unknown): string {
  if (thrown instanceof DatabaseError) return thrown.code
  if (thrown instanceof SchemaVersionError) return thrown.code
  if (typeof thrown !== 'object' || thrown === null) return 'UNKNOWN'
  if ('errcode' in thrown && typeof thrown.errcode === 'number') {
    return sqliteWords[thrown.errcode & 0xff] ?? `SQLITE_${thrown.errcode}`
  }
  return 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : 'UNKNOWN'
}

/** SQLite's result codes (https://sqlite.org/rescode.html); an extended code holds its primary one in the low byte. */
const sqliteWords: Readonly<Record<number, string>> = {
  1: 'SQLITE_ERROR',
  5: 'SQLITE_BUSY',
  8: 'SQLITE_READONLY',
  10: 'SQLITE_IOERR',
  11: 'SQLITE_CORRUPT',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
  26: 'SQLITE_NOTADB',
}
