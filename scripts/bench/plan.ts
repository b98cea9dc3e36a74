import type { StreamLoad } from './measure-streams.ts'

/** How long each part takes. */
export interface Plan {
  /** Each contender is started so often, and measured each time: one and the same build differs by a sixth from start to start. */
  readonly starts: number
  readonly warmUpSeconds: number
  /** Of each start, by number of connections: short windows and many, because a machine's slow spells are longer than those. */
  readonly requestRounds: Readonly<Record<Concurrency, number>>
  /** Of each start. */
  readonly streamRounds: number
  /** Before the first round. */
  readonly streamWarmUpSeconds: number
  readonly paced: StreamLoad
  readonly fullSpeed: StreamLoad
  /** For each dialect, of the gateway alone. */
  readonly dialect: StreamLoad
}

export const concurrencies = [64, 16, 1] as const
export type Concurrency = (typeof concurrencies)[number]

const paced = { connections: 100, paceMs: 20 }
const fullSpeed = { connections: 16, paceMs: 0 }

/** About fifteen minutes. */
export const fullPlan: Plan = {
  starts: 3,
  // Until the code that is run is the code that was optimised, which shares the one core with what optimises it: production
  // runs for longer than a benchmark.
  warmUpSeconds: 20,
  requestRounds: { 64: 10, 16: 3, 1: 5 },
  streamRounds: 4,
  streamWarmUpSeconds: 4,
  paced: { ...paced, warmUpSeconds: 0.4, seconds: 1.6 },
  fullSpeed: { ...fullSpeed, warmUpSeconds: 0.2, seconds: 1 },
  dialect: { ...fullSpeed, warmUpSeconds: 2, seconds: 2 },
}

/** Under a minute, and as much rougher. */
export const quickPlan: Plan = {
  starts: 1,
  warmUpSeconds: 1,
  requestRounds: { 64: 2, 16: 1, 1: 1 },
  streamRounds: 1,
  streamWarmUpSeconds: 0.5,
  paced: { ...paced, warmUpSeconds: 0.5, seconds: 1.2 },
  fullSpeed: { ...fullSpeed, warmUpSeconds: 0.2, seconds: 0.6 },
  dialect: { ...fullSpeed, warmUpSeconds: 0.5, seconds: 0.5 },
}
