import type { StreamLoad } from './measure-streams.ts'

/** How long each part takes. wrk counts in whole seconds. */
export interface Plan {
  readonly starts: number
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

/** Under seven minutes. */
export const fullPlan: Plan = {
  starts: 3,
  rounds: 3,
  // Until the code that is run is the code that was optimised: production runs for longer than a benchmark.
  warmUpSeconds: 15,
  requestSeconds: { 64: 3, 16: 2, 1: 2 },
  paced: { ...paced, warmUpSeconds: 5, seconds: 6 },
  fullSpeed: { ...fullSpeed, warmUpSeconds: 3, seconds: 3 },
  dialect: { ...fullSpeed, warmUpSeconds: 3, seconds: 3 },
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
