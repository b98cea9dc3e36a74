import type { DatabaseError } from '../database/database-error.ts'

const codes: ReadonlySet<string> = new Set(['SQLITE_CONSTRAINT', 'ER_DUP_ENTRY'])

/** What is said of an id that is there already, or was twice in one statement. */
export function isDuplicate({ code }: DatabaseError): boolean {
  return codes.has(code)
}
