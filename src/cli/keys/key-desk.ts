import { GatewayError } from '../../chat/gateway-error.ts'
import type { KeyAdmin } from '../../chat/key-admin.ts'
import type { ShownKey } from '../../chat/key-shapes.ts'
import { type Database, openDatabase } from '../../database/database.ts'
import { TableMismatchError } from '../../keys/adopted/table-mismatch.ts'
import { withKnownNames } from '../../keys/known-names.ts'
import { openKeyAdmin } from '../../keys/open-key-admin.ts'
import type { Settings, SettingsFlags } from '../../settings/settings.ts'
import { type ApiFlags, apiOf } from '../api/api-options.ts'
import { explainStorage } from '../explain-storage.ts'
import { CliError } from '../output.ts'
import { requireDatabase } from '../require-database.ts'
import { loadCliSettings } from '../settings-options.ts'
import { refuseSecret } from './refuse-secret.ts'
import { createRemoteKeys } from './remote-keys.ts'

export interface DeskFlags extends ApiFlags {
  readonly key?: string
}

/** Where keys are managed: here on the database, or at a gateway that runs somewhere. */
interface KeyDesk {
  readonly keys: KeyAdmin
  /** Which database it is, for people; undefined at a gateway. */
  readonly location?: string
}

type UseDesk<Result> = (desk: KeyDesk) => Promise<Result>

/** At a database that is there already. Throws CliError in place of what can be put right. */
export function atDesk<Result>(flags: DeskFlags, use: UseDesk<Result>): Promise<Result> {
  return atAnyDesk(flags, use, requireDatabase)
}

/** As `atDesk`, but an SQLite database is made where none is. */
export function atNewDesk<Result>(flags: DeskFlags, use: UseDesk<Result>): Promise<Result> {
  return atAnyDesk(flags, use, () => {})
}

type CheckDatabase = typeof requireDatabase

const keyWithoutApi =
  '--key is the key itself that a gateway is asked with, and goes with --api. Which key is meant is said by its id or ' +
  'name: `keys show alice`, `audit --of alice`.'

async function atAnyDesk<Result>(flags: DeskFlags, use: UseDesk<Result>, check: CheckDatabase): Promise<Result> {
  if (flags.key !== undefined && flags.api === undefined) throw new CliError(keyWithoutApi)
  const api = apiOf(flags, flags.key)
  return api === undefined ? atDatabase(flags, use, check) : use({ keys: createRemoteKeys(api) })
}

async function atDatabase<Result>(flags: SettingsFlags, use: UseDesk<Result>, check: CheckDatabase): Promise<Result> {
  const { settings } = loadCliSettings(flags)
  check(settings.database)
  let database: Database | undefined
  try {
    database = openDatabase(settings.database)
    const { keyAdmin } = openKeyAdmin(database, settings.keys.table)
    const services = settings.services.map(({ name }) => name)
    return await use({ keys: withKnownNames(keyAdmin, services), location: database.location })
  } catch (thrown) {
    throw explainKeys(thrown, settings)
  } finally {
    await database?.close()
  }
}

/** Why the keys cannot be managed or looked at, in words; what is something else comes back as it is. */
export function explainKeys(thrown: unknown, settings: Settings): unknown {
  const cause = causeOf(thrown)
  if (cause instanceof GatewayError) return new CliError(cause.message + hintFor(cause))
  if (cause instanceof TableMismatchError) {
    const problems = cause.mismatches.map(({ problem }) => problem)
    return new CliError([...problems, ...cause.views].join('\n'))
  }
  return explainStorage(cause, settings)
}

/** What is behind what a caller of the API would be told. */
export function causeOf(thrown: unknown): unknown {
  return thrown instanceof GatewayError ? (thrown.cause ?? thrown) : thrown
}

function hintFor({ field }: GatewayError): string {
  if (field?.startsWith('services') !== true) return ''
  return ' A gateway that runs with other services, such as the demo, is asked with --api URL.'
}

/** All of them, page by page. */
export async function readAllKeys(keys: Pick<KeyAdmin, 'list'>): Promise<ShownKey[]> {
  const all: ShownKey[] = []
  let cursor: string | undefined
  do {
    const page = await keys.list({ limit: 1000, ...(cursor === undefined ? {} : { cursor }) })
    all.push(...page.data)
    cursor = page.next_cursor ?? undefined
  } while (cursor !== undefined)
  return all
}

/** What looking for a key takes. */
export type LookedAt = Pick<KeyAdmin, 'show' | 'list'>

/** Throws CliError where there is none, or more than one of the name. */
export async function findKey(keys: LookedAt, reference: string): Promise<ShownKey> {
  const found = await lookUpKey(keys, reference)
  if (found === undefined) throw noSuchKey(reference)
  return found
}

export function noSuchKey(reference: string): CliError {
  return new CliError(`There is no key with the id or name ${reference}.`)
}

/**
 * By id, or by name where one key has it. An id beats a name, so that nobody can stand in its way by a name. Throws CliError
 * where several have it, and for a key itself.
 */
export async function lookUpKey(keys: LookedAt, reference: string): Promise<ShownKey | undefined> {
  refuseSecret(reference)
  const byId = await keys.show(reference)
  if (byId !== undefined) return byId
  const [found, ...others] = (await readAllKeys(keys)).filter(({ name }) => name === reference)
  if (found === undefined || others.length === 0) return found
  const ids = [found, ...others].map(({ id, state }) => `${id} (${state})`).join(', ')
  throw new CliError(
    `${others.length + 1} keys have the name ${JSON.stringify(reference)}; say which by its id: ${ids}.`,
  )
}
