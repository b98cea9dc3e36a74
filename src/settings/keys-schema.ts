import { adoptedTableSchema } from './adopted-table-schema.ts'
import { duration } from './duration.ts'
import { mayBeEmpty, section } from './section.ts'

/** Keys that were read less often could not have a revocation hold within 5 s. */
const syncEveryMax = '2500ms'

export const keysSchema = mayBeEmpty(
  {},
  section({
    syncEvery: duration('100ms', syncEveryMax).prefault('2s'),
    staleMax: duration('5s', '720h').prefault('1h'),
    table: adoptedTableSchema.nullable().default(null),
  }).transform(({ syncEvery, staleMax, table }) => ({ syncEveryMs: syncEvery, staleMaxMs: staleMax, table })),
)
