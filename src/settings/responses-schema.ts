import * as z from 'zod'
import { byteSize } from './byte-size.ts'
import { duration } from './duration.ts'
import { mayBeEmpty, section } from './section.ts'

/** MySQL's column holds 16 MiB, and its servers take no larger statement unless they are told to. */
const responseMax = '12MiB'

/** What is kept of the Responses dialect, so that clients may go on from an answer by its id. */
export const responsesSchema = mayBeEmpty(
  {},
  section({
    store: z.boolean({ error: 'true or false' }).default(true),
    keepFor: duration('1m', '8760h').prefault('24h'),
    maxBytesPerKey: byteSize('1MiB', '64GiB').prefault('64MiB'),
    maxBytesPerResponse: byteSize('1KiB', responseMax).prefault('4MiB'),
  }).transform(({ keepFor, ...rest }) => ({ ...rest, keepForMs: keepFor })),
)
