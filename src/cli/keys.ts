import { type Command, InvalidArgumentError } from 'commander'
import { keyBounds, type MadeKey } from '../chat/key-shapes.ts'
import { localOwner } from '../keys/gateway-key-store.ts'
import { formatDuration, readDuration } from '../settings/duration.ts'
import { csvOption } from './csv.ts'
import { type KeyListFlags, tellKey, tellKeys } from './key-view.ts'
import { addDeskOptions } from './keys/desk-options.ts'
import { atDesk, atNewDesk, type DeskFlags, findKey, readAllKeys } from './keys/key-desk.ts'
import { addKeyFlags, changeOf, type KeyFlags } from './keys/key-flags.ts'
import { refuseSecret } from './keys/refuse-secret.ts'
import { CliError, printJson, printLines } from './output.ts'

type Flags = DeskFlags & KeyListFlags

export function addKeysCommands(program: Command): void {
  const keys = program.command('keys').description('make, see, change and revoke keys')
  addKeyFlags(
    subcommand(keys, 'create', 'make a key and show it, this once').requiredOption('--name <name>', 'whose key it is'),
    'create',
  ).action(create)
  subcommand(keys, 'list', 'list the keys').addOption(csvOption()).action(list)
  subcommand(keys, 'show <id>', 'show one key by its id or name').action(show)
  addKeyFlags(
    subcommand(keys, 'update <id>', 'change what is said of a key, and only that').option(
      '--name <name>',
      'another name',
    ),
    'update',
  ).action(update)
  subcommand(keys, 'rotate <id>', 'give a key a new secret and show it, this once')
    .option(
      '--overlap <time>',
      'how long the old one works beside it, such as 1h or seconds; 0 ends it at once',
      parseSeconds,
      86_400,
    )
    .action(rotate)
  subcommand(keys, 'revoke <id>', 'end a key by its id or name, for good').action(revoke)
}

function subcommand(keys: Command, usage: string, description: string): Command {
  return addDeskOptions(keys.command(usage).description(description)).option('--json', 'as JSON')
}

async function create({ json, ...flags }: Flags & KeyFlags): Promise<void> {
  const { name = '' } = flags
  refuseSecret(name)
  await atNewDesk(flags, async ({ keys, location }) => {
    if (!json) tellLocation(location)
    const made = await keys.create({ ...changeOf(flags), name }, localOwner)
    if (json) printJson(made)
    else tellSecret(made, mayUse(made))
  })
}

async function list({ json, csv, ...flags }: Flags): Promise<void> {
  const found = await atDesk(flags, ({ keys, location }) => {
    if (!json) tellLocation(location)
    return readAllKeys(keys)
  })
  tellKeys(found, { ...(json && { json }), ...(csv && { csv }) })
}

/** Keys that are looked for, or missed by a gateway, are mostly in another database. */
function tellLocation(location: string | undefined): void {
  if (location !== undefined) process.stderr.write(`The database is ${location}.\n`)
}

async function show(reference: string, { json, ...flags }: Flags): Promise<void> {
  const found = await atDesk(flags, ({ keys }) => findKey(keys, reference))
  if (json) printJson(found)
  else tellKey(found)
}

async function update(reference: string, { json, ...flags }: Flags & KeyFlags): Promise<void> {
  refuseSecret(flags.name ?? '')
  const change = changeOf(flags)
  if (Object.keys(change).length === 0)
    throw new CliError('Nothing is said that could be changed; --help lists what there is.')
  await atDesk(flags, async ({ keys }) => {
    const { id } = await findKey(keys, reference)
    const updated = there(await keys.update(id, change, localOwner), id)
    if (json) printJson(updated)
    else tellKey(updated)
  })
}

async function rotate(reference: string, { json, overlap, ...flags }: Flags & { overlap: number }): Promise<void> {
  await atDesk(flags, async ({ keys }) => {
    const { id } = await findKey(keys, reference)
    const made = there(await keys.rotate(id, { overlap_seconds: overlap }, localOwner), id)
    if (json) printJson(made)
    else tellSecret(made, oldSecret(made, overlap))
  })
}

async function revoke(reference: string, { json, ...flags }: Flags): Promise<void> {
  await atDesk(flags, async ({ keys }) => {
    const { id } = await findKey(keys, reference)
    const revoked = there(await keys.revoke(id, localOwner), id)
    if (json) printJson(revoked)
    else printLines([`Key ${revoked.id} of ${revoked.name} is revoked; every gateway refuses it within 5 seconds.`])
  })
}

function tellSecret(made: MadeKey, remark: string): void {
  printLines([
    `Key ${made.id} for ${made.name}, shown this once and kept only as a hash:`,
    '',
    `  ${made.key}`,
    '',
    `${remark} A running gateway knows it within 5 seconds.`,
  ])
}

function mayUse({ services }: MadeKey): string {
  if (services === 'all') return 'It may use every service.'
  return `It may use ${services.length === 0 ? 'no service' : services.join(', ')}.`
}

/** Until when the old one works; a key that expires takes it along. */
function oldSecret({ state, expires_at: expires }: MadeKey, overlap: number): string {
  if (overlap === 0) return 'The old one has ended.'
  if (state === 'expired') return 'The key has expired, the old one with it.'
  const endMs = Math.min(Date.now() + overlap * 1000, Date.parse(expires ?? '9999-12-31'))
  const until = new Date(endMs).toISOString().replace(/\.\d+/, '')
  return `The old one works until ${until}; --overlap 0 ends it at once.`
}

function there<Key>(key: Key | undefined, id: string): Key {
  if (key === undefined) throw new CliError(`There is no key with the id ${id} any more.`)
  return key
}

const overlapMaxMs = keyBounds.overlapSeconds * 1000

function parseSeconds(text: string): number {
  const ms = readDuration(text)
  if (ms !== undefined && ms % 1000 === 0 && ms <= overlapMaxMs) return ms / 1000
  throw new InvalidArgumentError(
    `found ${text}, wanted a time such as 90s, 30m, 24h or a whole number of seconds, at most ${formatDuration(overlapMaxMs)}.`,
  )
}
