import { ownerId } from '../../chat/key-admin.ts'
import { CliError } from '../output.ts'
import { type LookedAt, lookUpKey, noSuchKey } from './key-desk.ts'

/** How records are read. */
interface RecordReader<Record> {
  /** Of the key with this id, also of one that is no more. */
  read(id: string): Promise<readonly Record[]>
  /** The ids that the records have beside this name, where they have names. */
  idsOf?(name: string): Promise<readonly string[]>
}

/**
 * What is recorded of one key, by its id or name. Records outlive keys, those of a table that is only read above all: an
 * id or name that nobody has any more is asked for too, and there is no such key only where nothing is found. Throws
 * CliError.
 */
export async function ofKey<Record>(
  keys: LookedAt,
  reference: string,
  { read, idsOf }: RecordReader<Record>,
): Promise<readonly Record[]> {
  // In a query it would be everybody.
  if (reference === '') throw noSuchKey(reference)
  const key = await lookUpKey(keys, reference)
  const records = await read(key?.id ?? reference)
  if (records.length > 0 || key !== undefined || reference === ownerId) return records
  const [id, ...others] = (await idsOf?.(reference)) ?? []
  if (id === undefined) throw noSuchKey(reference)
  if (others.length > 0) throw severalHad(reference, [id, ...others])
  return read(id)
}

function severalHad(name: string, ids: readonly string[]): CliError {
  return new CliError(
    `${ids.length} keys had the name ${JSON.stringify(name)}; say which by its id: ${ids.join(', ')}.`,
  )
}
