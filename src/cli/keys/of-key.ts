import { ownerId } from '../../chat/key-admin.ts'
import { type LookedAt, lookUpKey, noSuchKey } from './key-desk.ts'

/**
 * What is recorded of one key, by its id or name. Records outlive keys, those of a table that is only read above all: an
 * id that nobody has any more is asked for too, and there is no such key only where nothing is found. Throws CliError.
 */
export async function ofKey<Record>(
  keys: LookedAt,
  reference: string,
  read: (id: string) => Promise<readonly Record[]>,
): Promise<readonly Record[]> {
  // In a query it would be everybody.
  if (reference === '') throw noSuchKey(reference)
  const key = await lookUpKey(keys, reference)
  const records = await read(key?.id ?? reference)
  if (records.length === 0 && key === undefined && reference !== ownerId) throw noSuchKey(reference)
  return records
}
