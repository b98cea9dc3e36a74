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
  readonly contender: Contender
  readonly figures: Figures
  readonly started: Started
}

/** Measures every contender, the upstream itself first. One that does not start or fails is told of and left out. */
export async function runBench(bench: Bench): Promise<Figures[]> {
  const contenders = [upstreamItself(), ...bench.contenders]
  const all = contenders.map((contender) => ({ contender, figures: noFigures(contender.name) }))
  const [whole, streamed] = [await startWholeUpstream(bench.ring), await startStreamUpstream(bench.ring)]
  for (let left = bench.plan.starts; left > 0; left--) {
    await onEach(bench, all, whole, measureWhole)
    await onEach(bench, all, streamed, measureStreamed)
  }
  const own = all.filter(({ figures }) => figures.name === 'gateway')
  await onEach(bench, own, streamed, measureDialects)
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
    const started = await start(bench, contender, figures, upstream)
    if (started !== undefined) runners.push({ contender, figures, started })
  }
  await measure(bench, runners)
  for (const { figures, started } of runners) {
    const { process } = started
    if (process === undefined) continue
    if (!process.hasEnded) figures.peakMemoryMb = Math.max(figures.peakMemoryMb, peakMemoryMb(process.pid))
    await process.stop()
  }
}

async function start(
  { tell }: Bench,
  contender: Contender,
  figures: Figures,
  upstream: string,
): Promise<Started | undefined> {
  if (figures.problem !== undefined) return undefined
  tell(`${contender.name}: start`)
  try {
    const started = await startAndAsk(contender, upstream)
    figures.startMs.push(started.startMs)
    return started
  } catch (thrown) {
    figures.problem = thrown instanceof Error ? thrown.message : String(thrown)
    return undefined
  }
}

async function measureWhole({ ring, plan, tell }: Bench, runners: readonly Runner[]): Promise<void> {
  for (const { contender, figures, started } of runners) {
    if (!contender.warmsUp) continue
    tell(`${figures.name}: warm-up`)
    await measureRequests(ring, started, 64, plan.warmUpSeconds)
  }
  for (const connections of concurrencies) {
    for (const { figures, started } of inTurns(runners, plan.requestRounds[connections])) {
      tell(`${figures.name}: ${connections} connections`)
      figures.requests[connections].push(await measureRequests(ring, started, connections))
    }
  }
}

async function measureStreamed({ ring, plan, tell }: Bench, runners: readonly Runner[]): Promise<void> {
  for (const { figures, started } of runners) {
    tell(`${figures.name}: warm-up of streams`)
    await measureStreams(ring, started, { ...plan.fullSpeed, warmUpSeconds: 0, seconds: plan.streamWarmUpSeconds })
  }
  for (const kind of ['fullSpeed', 'paced'] as const) {
    for (const { figures, started } of inTurns(runners, plan.streamRounds)) {
      tell(`${figures.name}: ${plan[kind].connections} streams, ${plan[kind].paceMs} ms between chunks`)
      figures[kind].push(await measureStreams(ring, started, plan[kind]))
    }
  }
}

/** Everybody in each round, there and back again, so that a machine that grows slower or busier does so for all. */
function inTurns<Item>(items: readonly Item[], rounds: number): Item[] {
  const back = items.toReversed()
  return Array.from({ length: rounds }, (_, round) => (round % 2 === 0 ? items : back)).flat()
}

async function measureDialects({ ring, plan, tell }: Bench, runners: readonly Runner[]): Promise<void> {
  for (const { figures, started } of runners) {
    for (const [dialect, ask] of Object.entries(dialectAsks)) {
      tell(`${figures.name}: ${dialect} at full speed`)
      figures.dialects.set(dialect, await measureStreams(ring, started, plan.dialect, ask))
    }
  }
}
