import { type Command, InvalidArgumentError, Option } from 'commander'
import { parseTime } from '../chat/parse-time.ts'
import { type ReportedGroup, reportSummary } from '../usage/summary-report.ts'
import { type Grouping, groupings, summarise } from '../usage/usage-queries.ts'
import { type ApiFlags, addApiOptions, apiOf } from './api/api-options.ts'
import type { GatewayApi } from './api/gateway-api.ts'
import { printCsv } from './csv.ts'
import { CliError, printJson, printLines, printTable } from './output.ts'
import { useDatabase } from './use-database.ts'

interface AskedUsage {
  readonly by: Grouping
  readonly sinceMs: number
  readonly untilMs: number
  /** A key's id. */
  readonly keyId: string | undefined
  readonly service: string | undefined
}

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
const groupsMax = 100_000
/** The gateway answers with no more. */
const remoteGroupsMax = 10_000

export function addUsageCommand(program: Command): void {
  addApiOptions(program.command('usage').description('say who used what, and what it cost'))
    .addOption(new Option('--by <group>', 'what is added up').choices(groupings).default('day'))
    .option('--since <time>', 'such as 2027-01-31, 2027-01-31T18:00:00Z, 36h or 7d; 30 days where it is not said', time)
    .option('--until <time>', 'the same; now where it is not said', time)
    .option('--of <id>', "one key's alone")
    .addOption(new Option('--key <id>', 'the same').conflicts('of'))
    .option('--service <name>', "one service's alone")
    .option('--json', 'as JSON')
    .option('--csv', 'as comma-separated values')
    .action(usage)
}

async function usage({ by, since, until, of, key, service, json, csv, ...flags }: UsageFlags): Promise<void> {
  const untilMs = until ?? Date.now() + 1
  const sinceMs = since ?? untilMs - usualSpanMs
  const asked = { by, sinceMs, untilMs, keyId: idOf(of ?? key), service }
  const api = apiOf(flags)
  const groups = await (api === undefined ? readHere(flags, asked) : readThere(api, asked))
  if (json) printJson(groups)
  else if (csv) printCsv(Object.keys(groups[0] ?? {}), groups.map(Object.values))
  else if (groups.length === 0) printLines(['Nothing has been used in this time.'])
  else tellGroups(groups)
}

async function readHere(flags: ApiFlags, asked: AskedUsage): Promise<readonly ReportedGroup[]> {
  const { rows } = await useDatabase(flags, (database) => summarise(database, { ...asked, limit: groupsMax }))
  return reportSummary(asked.by, rows)
}

async function readThere(
  { must }: GatewayApi,
  { by, sinceMs, untilMs, keyId: key, service }: AskedUsage,
): Promise<readonly ReportedGroup[]> {
  const [since, until] = [sinceMs, untilMs].map((timeMs) => new Date(timeMs).toISOString())
  const { data } = await must<{ readonly data: readonly ReportedGroup[] }>({
    ...{ method: 'GET', path: '/admin/v1/usage/summary' },
    query: { by, since, until, key, service, limit: remoteGroupsMax },
  })
  // A part must not be taken for the whole.
  if (data.length < remoteGroupsMax) return data
  throw new CliError(`There are more than ${remoteGroupsMax} groups: ask for a shorter time, or with --local.`)
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

/** A key itself would go into an address. Throws CliError. */
function idOf(text: string | undefined): string | undefined {
  if (text?.startsWith('vgw_') !== true) return text
  throw new CliError("A key's id is wanted here, never the key itself: that is for --key-file or GATEWAY_API_KEY.")
}

function time(text: string): number {
  const [, amount, unit] = /^(\d{1,5})([hd])$/.exec(text) ?? []
  if (amount !== undefined) return Date.now() - Number(amount) * (unit === 'd' ? dayMs : 3_600_000)
  const timeMs = parseTime(text)
  if (timeMs === undefined) {
    throw new InvalidArgumentError('wanted a time such as 2027-01-31, 2027-01-31T18:00:00Z, 36h or 7d.')
  }
  return timeMs
}
