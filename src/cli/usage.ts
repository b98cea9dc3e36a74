import { type Command, InvalidArgumentError, Option } from 'commander'
import { parseTime } from '../chat/parse-time.ts'
import { type ReportedGroup, reportedNames } from '../usage/summary-report.ts'
import { type Grouping, groupings } from '../usage/usage-queries.ts'
import { type ApiFlags, addApiOptions } from './api/api-options.ts'
import { csvOption, printCsv } from './csv.ts'
import { ofKey } from './keys/of-key.ts'
import { CliError, printJson, printLines, printTable } from './output.ts'
import { onOneLine } from './shown-text.ts'
import { atUsageDesk } from './usage/usage-desk.ts'

interface UsageFlags extends ApiFlags {
  readonly by: Grouping
  /** Milliseconds since 1970. */
  readonly since?: number
  readonly until?: number
  readonly of?: string
  readonly key?: string
  readonly service?: string
  readonly json?: true
  readonly csv?: true
}

const dayMs = 86_400_000
const usualSpanMs = 30 * dayMs

export function addUsageCommand(program: Command): void {
  addApiOptions(program.command('usage').description('say who used what, and what it cost'))
    .addOption(new Option('--by <group>', 'what is added up').choices(groupings).default('day'))
    .option('--since <time>', 'such as 2027-01-31, 2027-01-31T18:00:00Z, 36h or 7d; 30 days where it is not said', time)
    .option('--until <time>', 'the same; now where it is not said', time)
    .option('--of <key>', "one key's alone, by its id or name")
    .addOption(new Option('--key <key>', 'the same').conflicts('of'))
    .option('--service <name>', "one service's alone")
    .option('--json', 'as JSON')
    .addOption(csvOption())
    .action(usage)
}

async function usage({ by, since, until, of, key, service, json, csv, ...flags }: UsageFlags): Promise<void> {
  const asked = { by, ...spanOf(since, until), service }
  const reference = of ?? key
  const groups = await atUsageDesk(flags, async ({ keys, summarise, services }) => {
    const read = (keyId?: string) => summarise({ ...asked, keyId })
    const idsOf = async (name: string) => idsBeside(name, await summarise({ ...asked, by: 'key', keyId: undefined }))
    const found = await (reference === undefined ? read() : ofKey(keys, reference, { read, idsOf }))
    if (found.length === 0 && service !== undefined) hintAtServices(service, await services())
    return found
  })
  if (json) printJson(groups)
  else if (csv) printGroups(by, groups)
  else if (groups.length === 0) printLines(['Nothing has been used in this time.'])
  else tellGroups(groups)
}

function idsBeside(name: string, groups: readonly ReportedGroup[]): string[] {
  return groups.filter(({ key_name: named }) => named === name).map(({ key_id: id }) => String(id))
}

function printGroups(by: Grouping, groups: readonly ReportedGroup[]): void {
  const names = reportedNames(by)
  printCsv(
    names,
    groups.map((group) => names.map((name) => group[name] ?? null)),
  )
}

/** The ledger may know services that are there no longer: where it knows nothing, the name may be mistyped. */
function hintAtServices(service: string, known: readonly string[]): void {
  if (known.includes(service)) return
  process.stderr.write(`${onOneLine(`No service is named ${service}: there are ${known.join(', ')}.`)}\n`)
}

/** What fits on a screen; `--json` and `--csv` have everything. */
function tellGroups(groups: readonly ReportedGroup[]): void {
  const [first = {}] = groups
  const names = Object.keys(first).slice(0, 'key_name' in first ? 2 : 1)
  const audio = groups.some(({ audio_seconds: seconds }) => Number(seconds) > 0) ? ['audio_seconds'] : []
  const tokens = ['prompt_tokens', 'completion_tokens']
  const shown = [...names, 'requests', 'failed', 'abandoned', ...tokens, ...audio, 'charge']
  const headings = shown.map((name) => name.replaceAll('_', ' ').toUpperCase())
  printTable(
    headings,
    groups.map((group) => shown.map((name) => String(group[name] ?? '–'))),
  )
}

/** Throws CliError. */
function spanOf(since: number | undefined, until: number | undefined): { sinceMs: number; untilMs: number } {
  const untilMs = until ?? Date.now() + 1
  const sinceMs = since ?? Math.max(0, untilMs - usualSpanMs)
  if (sinceMs < untilMs) return { sinceMs, untilMs }
  throw new CliError('--since: found a time that is not before --until, wanted an earlier one.')
}

/** What is before 1970 is the beginning: nothing is older, and a gateway knows no such time. */
function time(text: string): number {
  const [, amount, unit] = /^(\d{1,5})([hd])$/.exec(text) ?? []
  if (amount !== undefined) return Math.max(0, Date.now() - Number(amount) * (unit === 'd' ? dayMs : 3_600_000))
  const timeMs = parseTime(text)
  if (timeMs === undefined) {
    throw new InvalidArgumentError('wanted a time such as 2027-01-31, 2027-01-31T18:00:00Z, 36h or 7d.')
  }
  return Math.max(0, timeMs)
}
