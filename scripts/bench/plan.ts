import type { StreamLoad } from './measure-streams.ts'

/** How long each part takes. wrk counts in whole seconds. */
export interface Plan {
  /** Each contender is started so often, and measured each time: one and the same build differs by a sixth from start to start. */
  readonly starts: number
  /** Of each start. */
  readonly rounds: number
  readonly warmUpSeconds: number
  /** Seconds by number of connections. */
  readonly requestSeconds: Readonly<Record<Concurrency, number>>
  readonly paced: StreamLoad
  readonly fullSpeed: StreamLoad
  /** For each dialect, of the gateway alone. */
  readonly dialect: StreamLoad
}

export const concurrencies = [64, 16, 1] as const
export type Concurrency = (typeof concurrencies)[number]

const paced = { connections: 100, paceMs: 20 }
const fullSpeed = { connections: 16, paceMs: 0 }

/** About ten minutes. */
export const fullPlan: Plan = {
  starts: 3,
  rounds: 2,
  // Until the code that is run is the code that was optimised, which shares the one core with what optimises it: production
  // runs for longer than a benchmark.
  warmUpSeconds: 20,
  requestSeconds: { 64: 2, 16: 1, 1: 1 },
  paced: { ...paced, warmUpSeconds: 3, seconds: 4 },
  fullSpeed: { ...fullSpeed, warmUpSeconds: 3, seconds: 2 },
  dialect: { ...fullSpeed, warmUpSeconds: 2, seconds: 2 },
}

/** Under a minute, and as much rougher. */
export const quickPlan: Plan = {
  starts: 1,
  rounds: 1,
  warmUpSeconds: 1,
  requestSeconds: { 64: 2, 16: 1, 1: 1 },
  paced: { ...paced, warmUpSeconds: 0.5, seconds: 1.2 },
  fullSpeed: { ...fullSpeed, warmUpSeconds: 0.2, seconds: 0.6 },
  dialect: { ...fullSpeed, warmUpSeconds: 0.5, seconds: 0.5 },
}
