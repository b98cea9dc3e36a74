import * as z from 'zod'
import { duration } from './duration.ts'
import { mayBeEmpty, section } from './section.ts'
import { oneOf, textOf } from './written.ts'

export const ledgerSchema = mayBeEmpty(
  {},
  section({
    enabled: z.boolean({ error: 'true or false' }).default(true),
    spool: textOf('the path of a file, written out without ~', /^[^~\0][^\0]*[^/\0]$/)
      .nullable()
      .default(null),
    durability: oneOf(['normal', 'strict']).default('normal'),
    whenFull: oneOf(['serve', 'refuse']).default('serve'),
    retention: duration('24h', '87600h').prefault('9600h'),
  }),
)
