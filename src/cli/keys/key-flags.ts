import { type Command, InvalidArgumentError, Option } from 'commander'
import { reasoningFields } from '../../chat/caller.ts'
import { type KeyChange, keyBounds, roles, trusts } from '../../chat/key-shapes.ts'
import { parseTime } from '../../chat/parse-time.ts'

/** What takes a bound away: a word until all is parsed, because Commander makes '' of a parser's null. */
type Lifted = 'none'

/** What the command line may say of a key. */
export interface KeyFlags {
  readonly name?: string
  readonly service?: string[]
  readonly model?: string[]
  readonly dialect?: string[]
  readonly role?: KeyChange['role']
  /** ISO 8601. */
  readonly expires?: string | Lifted
  readonly credits?: string | Lifted
  readonly requestsPerMinute?: number | Lifted
  readonly tokensPerMinute?: number | Lifted
  readonly tokensPerDay?: number | Lifted
  readonly concurrent?: number | Lifted
  readonly trustEndUser?: KeyChange['trust_end_user']
  readonly thinking?: boolean | Lifted
  readonly maxTokens?: number | Lifted
  readonly reasoningFields?: NonNullable<KeyChange['defaults']>['reasoning_fields']
  readonly owner?: string
  readonly notes?: string
  readonly tag?: string[]
}

/** What a list means that is not said, or said anew. */
const listWords = {
  create: 'without it, all, or as many as the asking key has',
  update: 'in the place of those it has',
}

export function addKeyFlags(command: Command, act: keyof typeof listWords): Command {
  const words = `may be repeated; ${listWords[act]}`
  return command
    .option('--service <name>', `a service it may use, or \`all\`; ${words}`, collect)
    .option('--model <name>', `a model it may use, or \`all\`; ${words}`, collect)
    .option('--dialect <name>', `a dialect it may speak, or \`all\`; ${words}`, collect)
    .addOption(new Option('--role <role>', 'what it may do').choices(roles))
    .option(
      '--expires <date>',
      'until when it is valid, such as 2027-01-31 or 2027-01-31T18:00:00Z, or `never`',
      parseExpiry,
    )
    .option('--credits <amount>', 'what it may spend in all, such as 12.50, or `none`')
    .option('--requests-per-minute <number>', 'or `none`', parseCount)
    .option('--tokens-per-minute <number>', 'or `none`', parseCount)
    .option('--tokens-per-day <number>', 'or `none`', parseCount)
    .option('--concurrent <number>', 'requests at once, or `none`', parseCount)
    .addOption(new Option('--trust-end-user <how>', 'whether it is believed who its end user is').choices(trusts))
    .option(
      '--thinking <on|off>',
      "whether the model thinks where a request does not say; `none` is the service's own",
      parseSwitch,
    )
    .option(
      '--max-tokens <number>',
      "the longest answer where a request does not say; `none` is the service's own",
      boundUpTo(keyBounds.maxTokens),
    )
    .addOption(
      new Option(
        '--reasoning-fields <names>',
        'under which names Chat Completions tell the thinking; some SDKs want one',
      ).choices(reasoningFields),
    )
    .option('--owner <name>', 'who answers for it')
    .option('--notes <text>', 'whatever is worth knowing')
    .option('--tag <word>', act === 'create' ? 'may be repeated' : `may be repeated; ${listWords[act]}`, collect)
}

/** Only what was said. */
export function changeOf(flags: KeyFlags): KeyChange {
  const limits = said({
    requests_per_minute: boundOf(flags.requestsPerMinute),
    tokens_per_minute: boundOf(flags.tokensPerMinute),
    tokens_per_day: boundOf(flags.tokensPerDay),
    concurrent: boundOf(flags.concurrent),
  })
  const defaults = said({
    enable_thinking: boundOf(flags.thinking),
    max_tokens: boundOf(flags.maxTokens),
    reasoning_fields: flags.reasoningFields,
  })
  return said({
    name: flags.name,
    services: namesOf(flags.service),
    models: namesOf(flags.model),
    dialects: namesOf(flags.dialect),
    role: flags.role,
    expires_at: boundOf(flags.expires),
    credits: boundOf(flags.credits),
    limits: Object.keys(limits).length === 0 ? undefined : limits,
    defaults: Object.keys(defaults).length === 0 ? undefined : defaults,
    trust_end_user: flags.trustEndUser,
    owner: flags.owner,
    notes: flags.notes,
    tags: flags.tag,
  })
}

type Said<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> }

function said<Fields extends object>(fields: Fields): Said<Fields> {
  // Only the undefined fields are left out.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Said<Fields>
}

function boundOf<Value>(flag: Value | Lifted): Value | null {
  return flag === 'none' ? null : flag
}

function namesOf(names: string[] | undefined): 'all' | string[] | undefined {
  return names?.length === 1 && names[0] === 'all' ? 'all' : names
}

function collect(name: string, names: string[] = []): string[] {
  return [...names, name]
}

const parseCount = boundUpTo(keyBounds.count)

function boundUpTo(max: number): (text: string) => number | Lifted {
  return (text) => {
    if (text === 'none') return text
    if (/^[1-9]\d*$/.test(text) && Number(text) <= max) return Number(text)
    throw new InvalidArgumentError(`found ${text}, wanted a whole number from 1 to ${max}, or none.`)
  }
}

function parseSwitch(text: string): boolean | Lifted {
  if (text === 'none') return text
  if (text !== 'on' && text !== 'off') throw new InvalidArgumentError(`found ${text}, wanted on, off or none.`)
  return text === 'on'
}

function parseExpiry(text: string): string | Lifted {
  if (text === 'never') return 'none'
  const time = parseTime(text)
  if (time === undefined || time <= Date.now()) {
    throw new InvalidArgumentError('wanted a date to come, such as 2027-01-31 or 2027-01-31T18:00:00Z, or never.')
  }
  return new Date(time).toISOString()
}
