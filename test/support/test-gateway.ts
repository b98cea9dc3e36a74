import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AccessLine } from '../../src/chat/access-line.ts'
import { openDatabase } from '../../src/database/database.ts'
import { startGateway } from '../../src/gateway.ts'
import { createGatewayKeyStore } from '../../src/keys/gateway-key-store.ts'
import type { Log } from '../../src/log/create-log.ts'
import type { Network } from '../../src/media/network.ts'
import { loadSettings, type Settings } from '../../src/settings/settings.ts'
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import type { SimulatorOptions } from '../../src/simulator/simulator-options.ts'

export interface TestGateway {
  /** Such as `http://127.0.0.1:41234`. */
  readonly url: string
  /** A key that may use every service. */
  readonly key: string
  /** A key that may use no service at all. */
  readonly keyWithoutServices: string
  /** The model, one for all services. */
  readonly simulator: Simulator
  /** The log, a line a finished request. */
  readonly lines: readonly AccessLine[]
  stop(): Promise<void>
}

export interface TestGatewayOptions {
  readonly simulator?: Partial<SimulatorOptions>
  /** The settings file's text; `$VLLM` stands for the simulator's URL. One service `gemma4` where it names none. */
  readonly settings?: string
  /** What the gateway takes for the world outside, where images may be fetched. */
  readonly network?: Network
}

/** A whole gateway on a free port, with its own simulator, and keys in a database of its own. */
export async function startTestGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const simulator = createSimulator(options.simulator)
  const { url: vllmUrl } = await simulator.listen()
  const folder = mkdtempSync(join(tmpdir(), 'vllm-gateway-test-'))
  const settings = loadTestSettings(folder, vllmUrl, options.settings)
  const [key, keyWithoutServices] = await createKeys(settings)
  const lines: AccessLine[] = []
  const gateway = await startGateway(settings, 'test', collectingLog(lines), options.network)
  return {
    url: gateway.url,
    key,
    keyWithoutServices,
    simulator,
    lines,
    async stop() {
      await gateway.stop()
      await simulator.close()
      rmSync(folder, { recursive: true })
    },
  }
}

function loadTestSettings(folder: string, vllmUrl: string, text = ''): Settings {
  const file = join(folder, 'gateway.yaml')
  const service = text.includes('services:') ? '' : `services: [{ upstreams: ['${vllmUrl}'] }]\n`
  // All tests are behind one address, and many send wrong keys.
  const failures = text.includes('failedKeysPerMinute:') ? '' : 'failedKeysPerMinute: 0\n'
  writeFileSync(file, `port: 0\nshutdownGrace: 0s\n${failures}${text.replaceAll('$VLLM', vllmUrl)}\n${service}`)
  return loadSettings({ environment: {}, flags: { config: file }, workingDirectory: folder }).settings
}

async function createKeys({ database: where }: Settings): Promise<[string, string]> {
  const database = openDatabase(where)
  const store = createGatewayKeyStore(database)
  const everything = await store.create({ name: 'test', services: 'all', expiresAtMs: null })
  const nothing = await store.create({ name: 'nothing', services: [], expiresAtMs: null })
  await database.close()
  return [everything.key, nothing.key]
}

function collectingLog(lines: AccessLine[]): Log {
  const ignore = () => undefined
  return { access: (line) => lines.push(line), info: ignore, warn: ignore, error: ignore, close: async () => {} }
}
