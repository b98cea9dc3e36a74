import * as z from 'zod'
import { findPermissionMisfits } from './adopted-permissions.ts'
import { byteSize } from './byte-size.ts'
import { databaseUrlSchema } from './database-url.ts'
import { duration } from './duration.ts'
import { keysSchema } from './keys-schema.ts'
import { ledgerSchema } from './ledger-schema.ts'
import { hostSchema, portSchema } from './network-address.ts'
import { pricesSchema } from './prices-schema.ts'
import { responsesSchema } from './responses-schema.ts'
import { adminKeySchema, openWebuiJwtSecretSchema, secretFileSchema } from './secret-schemas.ts'
import { section } from './section.ts'
import { servicesSchema } from './services-schema.ts'
import { anyItem, whenSound } from './when-sound.ts'
import { oneOf, textOf, wholeNumber } from './written.ts'

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

/** `~` would become a folder of that name. */
const folder = textOf('the path of a folder, written out without ~', /^[^~\0][^\0]*$/)

/** As text too: the environment and the command line know nothing else. */
const truth = z
  .union([z.boolean(), z.enum(['true', 'false'])], { error: 'true or false' })
  .transform((value) => value === true || value === 'true')

const table = ['keys', 'table']

/** What the operator may write, under the names of the file, whichever source a value comes from. */
export const settingsSchema = section({
  host: hostSchema.prefault('127.0.0.1'),
  port: portSchema.prefault(8044),
  databaseUrl: databaseUrlSchema.nullish(),
  databaseUrlFile: secretFileSchema,
  migrate: truth.prefault(true),
  dataDir: folder.default('./data'),
  adminKey: adminKeySchema,
  adminKeyFile: secretFileSchema,
  logLevel: oneOf(logLevels).default('info'),
  logFormat: oneOf(['json', 'pretty', 'auto']).default('auto'),
  shutdownGrace: duration('0s', '24h').prefault('120s'),
  unknownModel: oneOf(['default', 'refuse']).default('default'),
  firstEventHold: duration('0s', '10m').prefault('10s'),
  keepAliveEvery: duration('10ms', '10m').prefault('15s'),
  bodyMax: byteSize('1KiB', '1GiB').prefault('32MiB'),
  failedKeysPerMinute: wholeNumber(0, 1_000_000).default(100),
  trustProxy: z.boolean({ error: 'true or false' }).default(false),
  openWebuiJwtSecret: openWebuiJwtSecretSchema,
  openWebuiJwtSecretFile: secretFileSchema,
  keys: keysSchema,
  ledger: ledgerSchema,
  prices: pricesSchema,
  responses: responsesSchema,
  services: servicesSchema,
}).check(
  z.superRefine(
    ({ keys, services }, context) => {
      const names = services.map(({ name }) => name)
      for (const { path, details } of findPermissionMisfits(keys.table, names)) {
        const wanted = 'the name of a service'
        context.addIssue({ code: 'custom', path: [...table, ...path], message: wanted, params: details })
      }
    },
    { when: whenSound([...table, 'permissions'], [...table, 'services'], ['services', anyItem, 'name']) },
  ),
)

export type WrittenSettings = z.output<typeof settingsSchema>
