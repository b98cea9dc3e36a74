import { type Contender, type Ring, upstreamItself } from './contenders.ts'
import { dialectAsks } from './dialect-asks.ts'
import { type Figures, noFigures } from './figures.ts'
import { measureRequests } from './measure-requests.ts'
import { type Started, startAndAsk } from './measure-start.ts'
import { measureStreams } from './measure-streams.ts'
import { concurrencies, type Plan } from './plan.ts'
import { peakMemoryMb } from './process-usage.ts'
import { startStreamUpstream, startWholeUpstream } from './upstreams.ts'

export interface Bench {
  readonly ring: Ring
  readonly plan: Plan
  readonly contenders: readonly Contender[]
  /** Told what is being done now. */
  tell(step: string): void
}

interface Runner {
  readonly figures: Figures
  readonly started: Started
}

/** Measures every contender, the upstream itself first. One that does not start or fails is told of and left out. */
export async function runBench(bench: Bench): Promise<Figures[]> {
  const contenders = [upstreamItself(), ...bench.contenders]
  const all = contenders.map((contender) => ({ contender, figures: noFigures(contender.name) }))
  await onEach(bench, all, await startWholeUpstream(bench.ring), measureWhole)
  await onEach(bench, all, await startStreamUpstream(bench.ring), measureStreamed)
  return all.map(({ figures }) => figures)
}

/** Starts the contenders in front of an upstream, measures them in turn, and stops them. */
async function onEach(
  bench: Bench,
  all: readonly { contender: Contender; figures: Figures }[],
  upstream: string,
  measure: (bench: Bench, runners: readonly Runner[]) => Promise<void>,
): Promise<void> {
  const runners: Runner[] = []
  for (const { contender, figures } of all) {
    const started = await startSeveralTimes(bench, contender, figures, upstream)
    if (started !== undefined) runners.push({ figures, started })
  }
  await measure(bench, runners)
  for (const { figures, started } of runners) {
    const { process } = started
    if (process === undefined) continue
    if (!process.hasEnded) figures.peakMemoryMb = Math.max(figures.peakMemoryMb, peakMemoryMb(process.pid))
    await process.stop()
  }
}

/** The last of several starts goes on running. */
async function startSeveralTimes(
  { plan, tell }: Bench,
  contender: Contender,
  figures: Figures,
  upstream: string,
): Promise<Started | undefined> {
  if (figures.problem !== undefined) return undefined
  const isFirstTime = figures.startMs.length === 0
  tell(`${contender.name}: start`)
  try {
    for (let left = isFirstTime ? plan.starts : 1; ; left--) {
      const started = await startAndAsk(contender, upstream)
      figures.startMs.push(started.startMs)
      if (left <= 1) return started
      await started.process?.stop()
    }
  } catch (thrown) {
    figures.problem = thrown instanceof Error ? thrown.message : String(thrown)
    return undefined
  }
}

/** Round by round, so that a machine that grows slower or busier does so for all. */
async function measureWhole({ ring, plan, tell }: Bench, runners: readonly Runner[]): Promise<void> {
  for (const { figures, started } of runners) {
    tell(`${figures.name}: warm-up`)
    await measureRequests(ring, started, { connections: 64, seconds: plan.warmUpSeconds })
  }
  for (let round = 1; round <= plan.rounds; round++) {
    for (const connections of concurrencies) {
      for (const { figures, started } of runners) {
        tell(`${figures.name}: ${connections} connections, round ${round} of ${plan.rounds}`)
        const load = { connections, seconds: plan.requestSeconds[connections] }
        figures.requests[connections].push(await measureRequests(ring, started, load))
      }
    }
  }
}

async function measureStreamed({ ring, plan, tell }: Bench, runners: readonly Runner[]): Promise<void> {
  for (const { figures, started } of runners) {
    tell(`${figures.name}: ${plan.paced.connections} streams, a chunk every ${plan.paced.paceMs} ms`)
    figures.paced = await measureStreams(ring, started, plan.paced)
    tell(`${figures.name}: ${plan.fullSpeed.connections} streams at full speed`)
    figures.fullSpeed = await measureStreams(ring, started, plan.fullSpeed)
    if (figures.name !== 'gateway') continue
    for (const [dialect, ask] of Object.entries(dialectAsks)) {
      tell(`${figures.name}: ${dialect} at full speed`)
      figures.dialects.set(dialect, await measureStreams(ring, started, plan.dialect, ask))
    }
  }
}
