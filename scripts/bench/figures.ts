import type { RequestFigures } from './measure-requests.ts'
import type { StreamFigures } from './measure-streams.ts'
import { median } from './percentile.ts'
import { type Concurrency, concurrencies } from './plan.ts'

/** Everything that was measured of one contender, or why it could not be. */
export interface Figures {
  readonly name: string
  readonly startMs: number[]
  readonly requests: Record<Concurrency, RequestFigures[]>
  paced: StreamFigures | undefined
  fullSpeed: StreamFigures | undefined
  /** At full speed, by dialect; of the gateway alone. */
  readonly dialects: Map<string, StreamFigures>
  peakMemoryMb: number
  problem: string | undefined
}

/** What is told of one contender. Milliseconds are medians of the rounds, over what the upstream takes by itself. */
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
    paced: undefined,
    fullSpeed: undefined,
    dialects: new Map(),
    peakMemoryMb: 0,
    problem: undefined,
  }
}

export function summarise(figures: Figures, direct: Figures): Summary {
  const { requests, paced, fullSpeed } = figures
  const streamed = [paced, fullSpeed, ...figures.dialects.values()]
  const all = [...concurrencies.flatMap((connections) => requests[connections]), ...streamed]
  return {
    name: figures.name,
    requestsPerSecond: middle(requests[64], ({ perSecond }) => perSecond),
    cpuUsPerRequest: middle(requests[64], ({ cpuUsPerRequest }) => cpuUsPerRequest ?? Number.NaN) || undefined,
    addedP50Ms: added(figures, direct, ({ p50Ms }) => p50Ms),
    addedP99Ms: added(figures, direct, ({ p99Ms }) => p99Ms),
    cpuUsPerChunk: paced?.cpuUsPerChunk,
    cpuUsPerChunkFullSpeed: fullSpeed?.cpuUsPerChunk,
    chunksPerSecondFullSpeed: fullSpeed?.chunksPerSecond,
    cpuUsPerChunkByDialect: Object.fromEntries(
      [...figures.dialects].map(([dialect, { cpuUsPerChunk }]) => [dialect, cpuUsPerChunk]),
    ),
    firstFrameMs: paced?.firstFrameMs,
    peakMemoryMb: figures.peakMemoryMb,
    startMs: median(figures.startMs),
    failed: all.reduce((sum, found) => sum + (found?.failed ?? 0), 0),
    problem: figures.problem,
  }
}

function middle(rounds: readonly RequestFigures[], pick: (round: RequestFigures) => number): number {
  return median(rounds.map(pick))
}

function added(own: Figures, direct: Figures, pick: (round: RequestFigures) => number): Record<Concurrency, number> {
  const over = (connections: Concurrency) =>
    middle(own.requests[connections], pick) - middle(direct.requests[connections], pick)
  return { 64: over(64), 16: over(16), 1: over(1) }
}
