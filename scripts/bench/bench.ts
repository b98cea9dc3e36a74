import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { barePassThrough, type Contender, gateway, gatewayWithoutLedger, nginxProxy, type Ring } from './contenders.ts'
import { type Cores, chooseCores, hasProgram } from './cores.ts'
import { type Figures, measuredOf, noFigures, type Summary } from './figures.ts'
import { fullPlan, quickPlan } from './plan.ts'
import { busyShare } from './process-usage.ts'
import { createProcesses } from './processes.ts'
import { type Aim, compare, compareLedger, formatAims, formatDialects, formatTable } from './report.ts'
import { runBench } from './run-bench.ts'

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    entry: { type: 'string', default: 'dist/main.js' },
  },
})

interface Outcome {
  readonly machine: string
  readonly notes: readonly string[]
  readonly summaries: readonly Summary[]
  readonly aims: readonly Aim[]
}

async function bench(): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'))
  const cores = chooseCores()
  const ring = { folder, cores, processes: createProcesses(folder) }
  const notes = await describeShortcomings(cores)
  process.once('SIGINT', () => ring.processes.stopAll().then(() => process.exit(130)))
  try {
    const contenders = enlist(ring)
    const plan = options.quick ? quickPlan : fullPlan
    const figures = await runBench({ ring, plan, contenders, tell })
    tell('')
    return { machine: describeMachine(cores), notes, ...judge(figures) }
  } finally {
    await ring.processes.stopAll()
    rmSync(folder, { recursive: true, force: true })
  }
}

function enlist(ring: Ring): Contender[] {
  const nginx = nginxProxy(ring)
  const gateways = [gateway(ring, options.entry), gatewayWithoutLedger(ring, options.entry)]
  return [...(nginx === undefined ? [] : [nginx]), barePassThrough(ring), ...gateways]
}

function judge(all: readonly Figures[]): Pick<Outcome, 'summaries' | 'aims'> {
  const direct = all[0] ?? noFigures('direct')
  const measured = all.map((figures) => measuredOf(figures, direct))
  const summaries = measured.map(({ summary }) => summary)
  const sound = (wanted: string) =>
    measured.find(({ figures }) => figures.name === wanted && figures.problem === undefined)
  const [bare, own, withoutLedger] = [sound('pass-through'), sound('gateway'), sound('without ledger')]
  if (bare === undefined || own === undefined) return { summaries, aims: [] }
  const ledger = withoutLedger === undefined ? [] : compareLedger(own, withoutLedger)
  return { summaries, aims: [...compare(own, bare), ...ledger] }
}

/** What makes these figures worth less, in words. */
async function describeShortcomings({ measured }: Cores): Promise<string[]> {
  const busy = await busyShare(() => wait(500))
  const wrk = 'wrk is not installed: a generator in Node stands in for it, and is slower than what it measures.'
  const nginx = 'nginx is not installed: its row is missing, and the upstream is one in Node that limits requests/s.'
  return [
    ...(measured === undefined ? ['Nothing is pinned to a core: this needs taskset and two cores.'] : []),
    ...(hasProgram('wrk') ? [] : [wrk]),
    ...(hasProgram('nginx') ? [] : [nginx]),
    ...(busy > 0.1 ? [`The machine was ${Math.round(busy * 100)} % busy with other things before this began.`] : []),
  ]
}

function describeMachine({ measured, upstream, load }: Cores): string {
  const pinning = `measured on core ${measured ?? '?'}, upstream on ${upstream ?? '?'}, load on ${load ?? '?'}`
  return `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}; ${pinning}`
}

/** Progress, on one line of a terminal only. */
function tell(step: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${step}`)
}

function format({ machine, notes, summaries, aims }: Outcome): string {
  const problems = summaries.flatMap(({ name, problem }) => (problem === undefined ? [] : [`${name}: ${problem}`]))
  const dialects = summaries.map(formatDialects).find((lines) => lines !== '') ?? ''
  const titled = dialects === '' ? '' : `CPU µs/chunk at full speed, by dialect\n${dialects}`
  const parts = [machine, formatTable(summaries), titled, formatAims(aims), [...notes, ...problems].join('\n')]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

const outcome = await bench()
process.stdout.write(options.json ? `${JSON.stringify(outcome, null, 2)}\n` : format(outcome))
if (outcome.summaries.some(({ problem }) => problem !== undefined)) process.exitCode = 1
