import type { Database } from './database.ts'
import { DatabaseError } from './database-error.ts'
import { SchemaVersionError } from './migrate.ts'

/**
 * Reads without ever migrating: an older gateway may be running on the database, and would not start on it again. What an
 * older schema has can be read; a table that it does not have yet is told of in words. Throws DatabaseError and
 * SchemaVersionError.
 */
export async function readAsItIs<Result>(
  database: Pick<Database, 'lacking'>,
  read: () => Promise<Result>,
): Promise<Result> {
  const [first] = await database.lacking()
  try {
    return await read()
  } catch (thrown) {
    const isUnmigrated = first !== undefined && thrown instanceof DatabaseError && thrown.isAboutMissingTable
    throw isUnmigrated ? new SchemaVersionError('UNMIGRATED', first) : thrown
  }
}
