import type { RequestFigures } from './measure-requests.ts'
import type { StreamFigures } from './measure-streams.ts'
import { median } from './percentile.ts'
import { type Concurrency, concurrencies } from './plan.ts'

/** Everything that was measured of one contender, start by start and round by round, or why it could not be. */
export interface Figures {
  readonly name: string
  readonly startMs: number[]
  readonly requests: Record<Concurrency, RequestFigures[]>
  readonly paced: StreamFigures[]
  readonly fullSpeed: StreamFigures[]
  /** At full speed, by dialect; of the gateway alone. */
  readonly dialects: Map<string, StreamFigures>
  peakMemoryMb: number
  problem: string | undefined
}

/** One contender, all that was measured of it and what is told. */
export interface Measured {
  readonly figures: Figures
  readonly summary: Summary
}

/** What is told of one contender: medians; milliseconds are those over what the upstream takes by itself. */
export interface Summary {
  readonly name: string
  readonly requestsPerSecond: number
  readonly cpuUsPerRequest: number | undefined
  readonly addedP50Ms: Readonly<Record<Concurrency, number>>
  readonly addedP99Ms: Readonly<Record<Concurrency, number>>
  readonly cpuUsPerChunk: number | undefined
  readonly cpuUsPerChunkFullSpeed: number | undefined
  readonly chunksPerSecondFullSpeed: number | undefined
  /** At full speed, by dialect. */
  readonly cpuUsPerChunkByDialect: Readonly<Record<string, number | undefined>>
  readonly firstFrameMs: number | undefined
  readonly peakMemoryMb: number
  readonly startMs: number
  readonly failed: number
  readonly problem: string | undefined
}

export function noFigures(name: string): Figures {
  return {
    name,
    startMs: [],
    requests: { 64: [], 16: [], 1: [] },
    paced: [],
    fullSpeed: [],
    dialects: new Map(),
    peakMemoryMb: 0,
    problem: undefined,
  }
}

export function measuredOf(figures: Figures, direct: Figures): Measured {
  return { figures, summary: summarise(figures, direct) }
}

function summarise(figures: Figures, direct: Figures): Summary {
  const { requests, paced, fullSpeed } = figures
  const streamed = [...paced, ...fullSpeed, ...figures.dialects.values()]
  const all = [...concurrencies.flatMap((connections) => requests[connections]), ...streamed]
  return {
    name: figures.name,
    requestsPerSecond: middle(requests[64], ({ perSecond }) => perSecond),
    cpuUsPerRequest: known(middle(requests[64], ({ cpuUsPerRequest }) => cpuUsPerRequest)),
    addedP50Ms: added(figures, direct, ({ p50Ms }) => p50Ms),
    addedP99Ms: added(figures, direct, ({ p99Ms }) => p99Ms),
    cpuUsPerChunk: known(middle(paced, perChunk)),
    cpuUsPerChunkFullSpeed: known(middle(fullSpeed, perChunk)),
    chunksPerSecondFullSpeed: known(middle(fullSpeed, ({ chunksPerSecond }) => chunksPerSecond)),
    cpuUsPerChunkByDialect: Object.fromEntries(
      [...figures.dialects].map(([dialect, found]) => [dialect, perChunk(found)]),
    ),
    firstFrameMs: known(middle(paced, ({ firstFrameMs }) => firstFrameMs)),
    peakMemoryMb: figures.peakMemoryMb,
    startMs: median(figures.startMs),
    failed: all.reduce((sum, { failed }) => sum + failed, 0),
    problem: figures.problem,
  }
}

/** How one stands to another, round by round, because a machine is slow for many rounds on end. */
export function sharesOf<Round>(
  own: readonly Round[],
  other: readonly Round[],
  pick: (round: Round) => number | undefined,
): number[] {
  return pairsOf(own, other, pick).map(([value, otherValue]) => value / otherValue)
}

/** How much one is beyond another, likewise. */
export function differencesOf<Round>(
  own: readonly Round[],
  other: readonly Round[],
  pick: (round: Round) => number | undefined,
): number[] {
  return pairsOf(own, other, pick).map(([value, otherValue]) => value - otherValue)
}

function pairsOf<Round>(
  own: readonly Round[],
  other: readonly Round[],
  pick: (round: Round) => number | undefined,
): [number, number][] {
  const value = (round: Round | undefined) => (round === undefined ? undefined : pick(round)) ?? Number.NaN
  return own.slice(0, other.length).map((round, at) => [value(round), value(other[at])])
}

export function perChunk({ cpuUsPerChunk }: StreamFigures): number | undefined {
  return cpuUsPerChunk
}

function middle<Round>(rounds: readonly Round[], pick: (round: Round) => number | undefined): number {
  return median(rounds.map((round) => pick(round) ?? Number.NaN))
}

/** The upstream itself has no process of its own to measure. */
function known(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value
}

function added(own: Figures, direct: Figures, pick: (round: RequestFigures) => number): Record<Concurrency, number> {
  const over = (connections: Concurrency) =>
    middle(own.requests[connections], pick) - middle(direct.requests[connections], pick)
  return { 64: over(64), 16: over(16), 1: over(1) }
}
