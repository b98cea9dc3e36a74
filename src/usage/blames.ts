import type { DatabaseError } from '../database/database-error.ts'

/** What only the data can be the reason for; in a strict mode nothing is cut to fit. */
const dataCodes: ReadonlySet<string> = new Set([
  'SQLITE_CONSTRAINT',
  'SQLITE_TOOBIG',
  'SQLITE_MISMATCH',
  'ER_DATA_TOO_LONG',
  'ER_WARN_DATA_OUT_OF_RANGE',
  'ER_TRUNCATED_WRONG_VALUE',
  'ER_TRUNCATED_WRONG_VALUE_FOR_FIELD',
  'ER_WRONG_VALUE_FOR_TYPE',
  'ER_BAD_NULL_ERROR',
  'ER_CONSTRAINT_FAILED',
  'ER_CHECK_CONSTRAINT_VIOLATED',
  'ER_SIGNAL_EXCEPTION',
])

/** What another moment may be better for, whatever the data is. */
const passing =
  /^(?!ER_|SQLITE_)|^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN|CORRUPT|NOTADB|NO_SUCH_\w+)$|LOCK|READ_ONLY|SHUTDOWN|CON_COUNT|DENIED|NO_SUCH|BAD_FIELD|BAD_DB|DISK_FULL|FILE_FULL|OUT_OF|TOO_MANY|DUP_ENTRY|OPTION_PREVENTS|INTERRUPTED|KILLED/

/** Whether a statement failed for what was in it, for how the database is just now, or for what nobody can tell. */
export function blames({ code }: DatabaseError): 'data' | 'moment' | 'either' {
  if (dataCodes.has(code)) return 'data'
  return passing.test(code) ? 'moment' : 'either'
}
