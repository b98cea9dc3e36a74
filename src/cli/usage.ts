import { type Command, InvalidArgumentError, Option } from 'commander'
import type { SettingsFlags } from '../settings/settings.ts'
import { type ReportedGroup, reportSummary } from '../usage/summary-report.ts'
import { type Grouping, groupings, summarise } from '../usage/usage-queries.ts'
import { printCsv } from './csv.ts'
import { printJson, printLines, printTable } from './output.ts'
import { addLocationOptions } from './settings-options.ts'
import { useDatabase } from './use-database.ts'

interface UsageFlags extends SettingsFlags {
  readonly by: Grouping
  /** Milliseconds since 1970. */
  readonly since?: number
  readonly until?: number
  readonly key?: string
  readonly service?: string
  readonly json?: true
  readonly csv?: true
}

const dayMs = 86_400_000
const usualSpanMs = 30 * dayMs
const groupsMax = 100_000

export function addUsageCommand(program: Command): void {
  addLocationOptions(program.command('usage').description('say who used what, and what it cost'))
    .addOption(new Option('--by <group>', 'what is added up').choices(groupings).default('day'))
    .option('--since <time>', 'such as 2027-01-31, 2027-01-31T18:00:00Z, 36h or 7d; 30 days where it is not said', time)
    .option('--until <time>', 'the same; now where it is not said', time)
    .option('--key <id>', "one key's alone")
    .option('--service <name>', "one service's alone")
    .option('--json', 'as JSON')
    .option('--csv', 'as comma-separated values')
    .action(usage)
}

async function usage({ by, since, until, key, service, json, csv, ...flags }: UsageFlags): Promise<void> {
  const untilMs = until ?? Date.now() + 1
  const span = { sinceMs: since ?? untilMs - usualSpanMs, untilMs }
  const summary = await useDatabase(flags, (database) =>
    summarise(database, { ...span, by, keyId: key, service, limit: groupsMax }),
  )
  const groups = reportSummary(by, summary.rows)
  if (json) printJson(groups)
  else if (csv) printCsv(Object.keys(groups[0] ?? {}), groups.map(Object.values))
  else if (groups.length === 0) printLines(['Nothing has been used in this time.'])
  else tellGroups(groups)
}

/** What fits on a screen; `--json` and `--csv` have everything. */
function tellGroups(groups: readonly ReportedGroup[]): void {
  const [first = {}] = groups
  const names = Object.keys(first).slice(0, 'key_name' in first ? 2 : 1)
  const shown = [...names, 'requests', 'failed', 'abandoned', 'prompt_tokens', 'completion_tokens', 'charge']
  const headings = shown.map((name) => name.replaceAll('_', ' ').toUpperCase())
  printTable(
    headings,
    groups.map((group) => shown.map((name) => String(group[name] ?? '–'))),
  )
}

function time(text: string): number {
  const [, amount, unit] = /^(\d{1,5})([hd])$/.exec(text) ?? []
  if (amount !== undefined) return Date.now() - Number(amount) * (unit === 'd' ? dayMs : 3_600_000)
  const isDate = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2}))?$/.test(text)
  const timeMs = isDate ? Date.parse(text) : Number.NaN
  if (Number.isNaN(timeMs)) {
    throw new InvalidArgumentError('wanted a time such as 2027-01-31, 2027-01-31T18:00:00Z, 36h or 7d.')
  }
  return timeMs
}
