import type { AddressInfo } from 'node:net'
import { createEngine, type EngineState } from './engine/engine.ts'
import { createRecorder, type RecordedRequest } from './exchange/recorder.ts'
import { createFaultPlan, type FaultPlan } from './faults/fault-plan.ts'
import { createVllmRoutes } from './routes/vllm-routes.ts'
import { createSimulatorApp } from './simulator-app.ts'
import { defaultOptions, type SimulatorOptions } from './simulator-options.ts'

/** A vLLM without a GPU, for tests, the demo and the benchmarks. README.md has its rules. */
export interface Simulator {
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
  /** `asleep` holds every request until `awake`; `dead` fails every request, and `/health` with them. */
  state: EngineState
}

export function createSimulator(options: Partial<SimulatorOptions> = {}): Simulator {
  const settings: SimulatorOptions = { ...defaultOptions, ...options }
  const engine = createEngine(settings.maxNumSeqs)
  const recorder = createRecorder(settings.recordedMax)
  const faults = createFaultPlan()
  const routes = createVllmRoutes(engine, settings)
  const app = createSimulatorApp({ engine, recorder, faults, routes, options: settings })

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
      return engine.state
    },
    set state(state) {
      engine.state = state
    },
  }
}
