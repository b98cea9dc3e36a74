import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import type { SimulatorOptions } from '../../src/simulator/simulator-options.ts'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { askApi, ownerKey } from './admin-rig.ts'
import { until } from './until.ts'

export interface RunningServer {
  simulator: Simulator
  readonly url: string
  readonly port: number
}

/** A gateway whose only service `gemma4` has several look-alikes, which can be killed and started again. */
export interface SeveralUpstreams {
  readonly gateway: TestGateway
  readonly servers: readonly RunningServer[]
  /** What the admin API tells of the service's servers. */
  states(): Promise<string[]>
  drain(server: RunningServer, draining: boolean): Promise<number>
  revive(server: RunningServer): Promise<void>
  stop(): Promise<void>
}

export async function startSeveralUpstreams(
  count: number,
  options: Partial<SimulatorOptions> = {},
): Promise<SeveralUpstreams> {
  const servers = await Promise.all(Array.from({ length: count }, () => startServer(options)))
  const upstreams = JSON.stringify(servers.map(({ url }) => url))
  const settings = `adminKey: ${ownerKey}\nservices: [{ name: gemma4, places: 64, upstreams: ${upstreams} }]`
  const gateway = await startTestGateway({ settings })
  const states = async (): Promise<string[]> => {
    const { body } = await askApi(gateway, ['GET', '/admin/v1/services'])
    return body.data[0].upstreams.map(({ state }: { state: string }) => state)
  }
  await until(async () => (await states()).every((state) => state === 'ready'))
  return {
    gateway,
    servers,
    states,
    async drain({ url }, draining) {
      return (await askApi(gateway, ['PATCH', '/admin/v1/services/gemma4/upstreams'], { url, draining })).status
    },
    async revive(server) {
      server.simulator = createSimulator(options)
      await server.simulator.listen({ port: server.port })
    },
    async stop() {
      await gateway.stop()
      await Promise.all(servers.map(({ simulator }) => simulator.close()))
    },
  }
}

async function startServer(options: Partial<SimulatorOptions>): Promise<RunningServer> {
  const simulator = createSimulator(options)
  return { simulator, ...(await simulator.listen()) }
}

/** How many chat requests reached a server. */
export function chatsOf({ simulator }: RunningServer): number {
  return simulator.requests.filter(({ path }) => path === '/v1/chat/completions').length
}
