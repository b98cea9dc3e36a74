import { adoptedTableSchema } from './adopted-table-schema.ts'
import { duration } from './duration.ts'
import { mayBeEmpty, section } from './section.ts'

/** A revocation must hold within 5 s, reading included. */
const syncEveryMax = '4s'

export const keysSchema = mayBeEmpty(
  {},
  section({
    syncEvery: duration('100ms', syncEveryMax).prefault('2s'),
    staleMax: duration('5s', '720h').prefault('1h'),
    table: adoptedTableSchema.nullable().default(null),
  }).transform(({ syncEvery, staleMax, table }) => ({ syncEveryMs: syncEvery, staleMaxMs: staleMax, table })),
)
