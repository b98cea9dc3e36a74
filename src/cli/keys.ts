import { type Command, InvalidArgumentError } from 'commander'
import type { ShownKey } from '../chat/key-shapes.ts'
import { type Database, openDatabase } from '../database/database.ts'
import { DatabaseError } from '../database/database-error.ts'
import { NewerSchemaError } from '../database/migrate.ts'
import { createAdoptedKeyStore } from '../keys/adopted/adopted-key-store.ts'
import { TableMismatchError } from '../keys/adopted/table-mismatch.ts'
import { createGatewayKeyStore, type GatewayKeyStore } from '../keys/gateway-key-store.ts'
import { KeyRequestError } from '../keys/key-request-error.ts'
import { showKey, showRecord } from '../keys/key-view.ts'
import type { Settings, SettingsFlags } from '../settings/settings.ts'
import { tellKeys } from './key-view.ts'
import { CliError, printJson, printLines } from './output.ts'
import { addLocationOptions, loadCliSettings } from './settings-options.ts'

type KeysFlags = SettingsFlags & { readonly json?: true }

interface CreateFlags extends KeysFlags {
  readonly name: string
  readonly service?: string[]
  /** Milliseconds since 1970. */
  readonly expires?: number
}

export function addKeysCommands(program: Command): void {
  const keys = program.command('keys').description('make, see and revoke keys')
  subcommand(keys, 'create', 'make a key and show it, this once')
    .requiredOption('--name <name>', 'whose key it is')
    .option('--service <name>', 'a service it may use; may be repeated; all where none is named', collect)
    .option('--expires <date>', 'until when it is valid, such as 2027-01-31 or 2027-01-31T18:00:00Z', parseExpiry)
    .action(create)
  subcommand(keys, 'list', 'list the keys').action(list)
  subcommand(keys, 'show <id>', 'show one key by its id or name').action(show)
  subcommand(keys, 'revoke <id>', 'end a key by its id or name, for good').action(revoke)
}

function subcommand(keys: Command, usage: string, description: string): Command {
  return addLocationOptions(keys.command(usage).description(description)).option('--json', 'as JSON')
}

async function create({ json, name, service: services, expires, ...flags }: CreateFlags): Promise<void> {
  await withStore(flags, async (store, settings) => {
    for (const service of services ?? []) requireService(service, settings)
    const made = await store.create({ name, services: services ?? 'all', expiresAtMs: expires ?? null })
    const shown = { ...showKey(made, Date.now()), key: made.key }
    if (json) printJson(shown)
    else
      printLines([
        `Key ${shown.id} for ${shown.name}, shown this once and kept only as a hash:`,
        '',
        `  ${made.key}`,
        '',
        'A running gateway knows it within 5 seconds.',
      ])
  })
}

async function list({ json, ...flags }: KeysFlags): Promise<void> {
  const all = await withKeys(flags, readKeys)
  if (json) printJson(all)
  else tellKeys(all)
}

async function show(reference: string, { json, ...flags }: KeysFlags): Promise<void> {
  const all = await withKeys(flags, readKeys)
  const found = all.find(({ id }) => id === reference) ?? only(all, reference)
  if (json) printJson(found)
  else tellKeys([found])
}

async function revoke(reference: string, { json, ...flags }: KeysFlags): Promise<void> {
  await withStore(flags, async (store) => {
    const revoked = await store.revoke(reference)
    if (revoked === undefined) throw unknownKey(reference)
    if (json) printJson(showKey(revoked, Date.now()))
    else printLines([`Key ${revoked.id} of ${revoked.name} is revoked; every gateway refuses it within 5 seconds.`])
  })
}

async function readKeys(database: Database, { keys: { table } }: Settings): Promise<ShownKey[]> {
  if (table === null) return (await createGatewayKeyStore(database).list()).map((key) => showKey(key, Date.now()))
  return (await createAdoptedKeyStore(database, table).readAll()).records.map((record) =>
    showRecord(record, Date.now()),
  )
}

function only(keys: readonly ShownKey[], name: string): ShownKey {
  const [found, another] = keys.filter((key) => key.name === name)
  if (found === undefined) throw unknownKey(name)
  if (another !== undefined) throw new CliError(`Several keys are named ${name}; say which by its id.`)
  return found
}

function unknownKey(reference: string): CliError {
  return new CliError(`There is no key with the id or name ${reference}.`)
}

function requireService(name: string, { services }: Settings): void {
  const names = services.map((service) => service.name)
  if (!names.includes(name)) throw new CliError(`--service: found ${name}, wanted one of: ${names.join(', ')}.`)
}

/** With a table of somebody else's nothing is ever written. */
function withStore<Result>(
  flags: SettingsFlags,
  use: (store: GatewayKeyStore, settings: Settings) => Promise<Result>,
): Promise<Result> {
  return withKeys(flags, (database, settings) => {
    const { table } = settings.keys
    if (table !== null)
      throw new CliError(`The keys are those of ${table.name}, which is only read: change them there.`)
    return use(createGatewayKeyStore(database), settings)
  })
}

async function withKeys<Result>(
  flags: SettingsFlags,
  use: (database: Database, settings: Settings) => Promise<Result>,
): Promise<Result> {
  const { settings } = loadCliSettings(flags)
  let database: Database | undefined
  try {
    database = openDatabase(settings.database)
    return await use(database, settings)
  } catch (thrown) {
    throw explain(thrown)
  } finally {
    await database?.close()
  }
}

function explain(thrown: unknown): unknown {
  if (thrown instanceof KeyRequestError || thrown instanceof NewerSchemaError) return new CliError(thrown.message)
  if (thrown instanceof TableMismatchError) {
    const problems = thrown.mismatches.map(({ problem }) => problem)
    return new CliError([...problems, ...thrown.views].join('\n'))
  }
  if (thrown instanceof DatabaseError) return new CliError(`The database cannot be used: ${thrown.code}.`)
  return thrown
}

function collect(name: string, names: string[] = []): string[] {
  return [...names, name]
}

function parseExpiry(text: string): number {
  const isDate = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2}))?$/.test(text)
  const time = isDate ? Date.parse(text) : Number.NaN
  if (Number.isNaN(time) || time <= Date.now()) {
    throw new InvalidArgumentError('--expires: wanted a date to come, such as 2027-01-31 or 2027-01-31T18:00:00Z.')
  }
  return time
}
