import { DatabaseError } from '../database/database-error.ts'
import { SchemaVersionError } from '../database/migrate.ts'
import { TableMismatchError } from './adopted/table-mismatch.ts'

export interface KeyFailure {
  /** Such as `ECONNREFUSED`, `DEADLINE` or `TABLE_MISMATCH`. */
  readonly code: string
  /** Of our own making, or the bare place of a bug: other errors' messages may hold what they were given. */
  readonly message: string
}

export function describeFailure(thrown: unknown): KeyFailure {
  if (thrown instanceof DatabaseError) return { code: thrown.code, message: thrown.message }
  if (thrown instanceof TableMismatchError) return { code: 'TABLE_MISMATCH', message: thrown.message }
  if (thrown instanceof SchemaVersionError) return { code: thrown.code, message: thrown.message }
  const place = thrown instanceof Error ? /^\s+at .*$/m.exec(thrown.stack ?? '')?.[0] : undefined
  return { code: 'INTERNAL', message: `${thrown instanceof Error ? thrown.name : typeof thrown}${place ?? ''}` }
}
