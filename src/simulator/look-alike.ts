import type { AddressInfo } from 'node:net'
import type { Engine } from './engine/engine.ts'
import type { Manners } from './exchange/manners.ts'
import { createRecorder, type RecordedRequest } from './exchange/recorder.ts'
import { createFaultPlan, type FaultPlan } from './faults/fault-plan.ts'
import type { Route } from './routes/route.ts'
import { createSimulatorApp } from './simulator-app.ts'

/** A server without a model, for tests, the demo and the benchmarks. README.md has the rules. */
export interface LookAlike<State extends string> {
  /** On 127.0.0.1 and a free port unless told otherwise. */
  listen(where?: {
    readonly host?: string
    readonly port?: number
  }): Promise<{ readonly url: string; readonly port: number }>
  /** Ends all connections at once. */
  close(): Promise<void>
  /** What reached it, newest last. The same array for its whole life; the oldest are forgotten. */
  readonly requests: readonly RecordedRequest[]
  readonly faults: FaultPlan
  readonly running: number
  readonly waiting: number
  state: State
}

export interface LookAlikeParts<State extends string> {
  readonly engine: Engine
  readonly routes: readonly Route[]
  readonly manners: Manners
  /** Where faults happen unless another route is named. */
  readonly mainRoute: string
  readonly states: States<State>
  readonly keepAliveTimeoutMs: number
  readonly recordedMax: number
}

/** What the kind of server calls the states that its engine may be in. */
export interface States<State extends string> {
  readonly names: readonly State[]
  get(): State
  set(state: State): void
}

export function createLookAlike<State extends string>(parts: LookAlikeParts<State>): LookAlike<State> {
  const { engine, states } = parts
  const recorder = createRecorder(parts.recordedMax)
  const faults = createFaultPlan(parts.mainRoute)
  const app = createSimulatorApp({ ...parts, recorder, faults })

  return {
    async listen({ host = '127.0.0.1', port = 0 } = {}) {
      await app.listen({ host, port })
      // A server that listens on a host and port has an address of this kind.
      const address = app.server.address() as AddressInfo
      const name = address.family === 'IPv6' ? `[${address.address}]` : address.address
      return { url: `http://${name}:${address.port}`, port: address.port }
    },
    async close() {
      recorder.breakOff()
      await app.close()
    },
    requests: recorder.requests,
    faults,
    get running() {
      return engine.running
    },
    get waiting() {
      return engine.waiting
    },
    get state() {
      return states.get()
    },
    set state(state) {
      states.set(state)
    },
  }
}
