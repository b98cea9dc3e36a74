import { differencesOf, type Measured, perChunk, type Summary, sharesOf } from './figures.ts'
import type { RequestFigures } from './measure-requests.ts'
import { median, percentile } from './percentile.ts'

/** What is aimed at, and whether it was reached. */
export interface Aim {
  readonly name: string
  /** The median, of what was measured round by round. */
  readonly found: number
  /** Between which a half of all rounds lies; none where it is no matter of rounds. */
  readonly spread: readonly [number, number] | undefined
  readonly wanted: string
  readonly isMet: boolean
}

const columns: readonly (readonly [string, (summary: Summary) => string])[] = [
  ['', ({ name }) => name],
  ['req/s c=64', ({ requestsPerSecond }) => write(requestsPerSecond, 0)],
  ['CPU µs/req', ({ cpuUsPerRequest }) => write(cpuUsPerRequest, 1)],
  ['c=1 +p50 / +p99 ms', (summary) => pair(summary.addedP50Ms[1], summary.addedP99Ms[1])],
  ['c=16 +p50 / +p99 ms', (summary) => pair(summary.addedP50Ms[16], summary.addedP99Ms[16])],
  ['CPU µs/chunk', ({ cpuUsPerChunk }) => write(cpuUsPerChunk, 1)],
  ['… full speed', ({ cpuUsPerChunkFullSpeed }) => write(cpuUsPerChunkFullSpeed, 1)],
  ['first frame ms', ({ firstFrameMs }) => write(firstFrameMs, 1)],
  ['peak MB', ({ peakMemoryMb }) => write(peakMemoryMb || undefined, 0)],
  ['start ms', ({ startMs, name }) => (name === 'direct' ? '–' : write(startMs, 0))],
  ['failed', ({ failed }) => String(failed)],
]

/** A table in Markdown that also reads well as it is. */
export function formatTable(summaries: readonly Summary[]): string {
  const rows = [
    columns.map(([title]) => title),
    ...summaries.map((summary) => columns.map(([, cell]) => cell(summary))),
  ]
  const widths = columns.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)))
  const lines = rows.map((row) => `| ${row.map((cell, index) => align(cell, index, widths)).join(' | ')} |`)
  const rule = `|${widths.map((width, index) => '-'.repeat(width + 1) + (index === 0 ? '-' : ':')).join('|')}|`
  return [lines[0], rule, ...lines.slice(1)].join('\n')
}

/** What a chunk costs in each dialect, or nothing where that was not measured. */
export function formatDialects({ cpuUsPerChunkByDialect }: Summary): string {
  const dialects = Object.entries(cpuUsPerChunkByDialect)
  return dialects.map(([dialect, cpuUs]) => `${dialect.padEnd(20)} ${write(cpuUs, 1).padStart(6)}`).join('\n')
}

function align(cell: string, index: number, widths: readonly number[]): string {
  const width = widths[index] ?? 0
  return index === 0 ? cell.padEnd(width) : cell.padStart(width)
}

/** How the gateway stands to the bare pass-through, and to what it is to be. */
export function compare({ figures: own, summary }: Measured, { figures: bare }: Measured): Aim[] {
  const [whole, wholeBare] = [own.requests[64], bare.requests[64]]
  const perSecond = sharesOf(whole, wholeBare, (round) => round.perSecond)
  const perRequest = sharesOf(whole, wholeBare, ({ cpuUsPerRequest }) => cpuUsPerRequest)
  return [
    atLeast('requests/s, of the pass-through', perSecond, 0.7),
    atMost('CPU per request, of the pass-through', perRequest, 1 / 0.7),
    atMost('CPU per chunk, of the pass-through', sharesOf(own.paced, bare.paced, perChunk), 1.5),
    atMost('CPU per chunk at full speed, likewise', sharesOf(own.fullSpeed, bare.fullSpeed, perChunk), 1.5),
    atMost('added p50 at c=1, ms', summary.addedP50Ms[1], 0.35),
    atMost('peak memory, MB', summary.peakMemoryMb, 120),
    atMost('start to first 200, ms', summary.startMs, 1000),
    atMost('failed', summary.failed, 0),
  ]
}

/** What the ledger costs: the gateway with it, and without it. */
export function compareLedger({ figures: own }: Measured, { figures: other }: Measured): Aim[] {
  const perSecond = sharesOf(own.requests[64], other.requests[64], (round) => round.perSecond)
  const perRequest = sharesOf(own.requests[64], other.requests[64], ({ cpuUsPerRequest }) => cpuUsPerRequest)
  return [
    atLeast('ledger: requests/s, of those without it', perSecond, 0.85),
    atMost('ledger: CPU per request, of that without it', perRequest, 1 / 0.85),
    atMost('ledger: p50 at c=1, ms', differencesOf(own.requests[1], other.requests[1], p50), 0.1),
    // Reading the count is all that there is to do for a chunk; what is beyond is the machine's noise.
    atMost('ledger: CPU per chunk, of that without it', sharesOf(own.paced, other.paced, perChunk), 1.1),
    atMost('ledger: … at full speed', sharesOf(own.fullSpeed, other.fullSpeed, perChunk), 1.1),
  ]
}

export function formatAims(aims: readonly Aim[]): string {
  const width = Math.max(...aims.map(({ name }) => name.length))
  return aims
    .map(
      ({ name, found, spread, wanted, isMet }) =>
        `${name.padEnd(width)}  ${write(found, 2).padStart(8)}  ${writeSpread(spread).padEnd(13)}  ${wanted.padEnd(8)}  ${isMet ? 'met' : 'NOT MET'}`,
    )
    .join('\n')
}

function atLeast(name: string, found: number | readonly number[], bound: number): Aim {
  return { name, ...spreadOf(found), wanted: `≥ ${trim(bound)}`, isMet: median([found].flat()) >= bound }
}

function atMost(name: string, found: number | readonly number[], bound: number): Aim {
  return { name, ...spreadOf(found), wanted: `≤ ${trim(bound)}`, isMet: median([found].flat()) <= bound }
}

function spreadOf(found: number | readonly number[]): Pick<Aim, 'found' | 'spread'> {
  if (typeof found === 'number') return { found, spread: undefined }
  return { found: median(found), spread: [percentile(found, 0.25), percentile(found, 0.75)] }
}

function writeSpread(spread: Aim['spread']): string {
  return spread === undefined ? '' : `${write(spread[0], 2)} – ${write(spread[1], 2)}`
}

function p50({ p50Ms }: RequestFigures): number {
  return p50Ms
}

function trim(bound: number): string {
  return String(Math.round(bound * 100) / 100)
}

function pair(first: number, second: number): string {
  return `${write(first, 2)} / ${write(second, 2)}`
}

function write(value: number | undefined, digits: number): string {
  return value === undefined || Number.isNaN(value) ? '–' : value.toFixed(digits)
}
