import { DatabaseError } from './database-error.ts'

/** mysql2 hangs the statement and its values on its errors; only their codes come through here. */
export function toDatabaseError(thrown: unknown): DatabaseError {
  if (thrown instanceof DatabaseError) return thrown
  const { code, errno }: ErrorFields = typeof thrown === 'object' && thrown !== null ? thrown : {}
  return new DatabaseError(typeof code === 'string' ? code : 'UNKNOWN', typeof errno === 'number' ? errno : undefined)
}

interface ErrorFields {
  readonly code?: unknown
  readonly errno?: unknown
}
