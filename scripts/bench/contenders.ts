import { randomBytes } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Cores, hasProgram } from './cores.ts'
import { bareProxy } from './nginx-config.ts'
import { freePort, type Processes, type RunningProcess } from './processes.ts'

/** One that is measured, once it runs. */
export interface Entrant {
  readonly url: string
  readonly key: string
  /** Undefined for the upstream itself, which is measured only to be subtracted. */
  readonly process: RunningProcess | undefined
}

export interface Contender {
  readonly name: string
  /** Its code is optimised while it runs: it is warmed up before it is measured. */
  readonly warmsUp: boolean
  /** Starts it in front of an upstream; does not wait until it answers. */
  start(upstream: string): Promise<Entrant>
}

export interface Ring {
  readonly processes: Processes
  readonly cores: Cores
  /** Temporary. */
  readonly folder: string
}

const noKey = 'none'

export function upstreamItself(): Contender {
  return { name: 'direct', warmsUp: false, start: async (url) => ({ url, key: noKey, process: undefined }) }
}

/** Undefined where nginx is not installed. */
export function nginxProxy({ processes, cores, folder }: Ring): Contender | undefined {
  if (!hasProgram('nginx')) return undefined
  return {
    name: 'nginx proxy_pass',
    warmsUp: false,
    async start(upstream) {
      const port = await freePort()
      const own = mkdtempSync(join(folder, 'proxy-'))
      writeFileSync(join(own, 'nginx.conf'), bareProxy(own, port, upstream))
      const words = ['nginx', '-p', own, '-c', join(own, 'nginx.conf'), '-e', 'stderr']
      const started = processes.start('nginx', { words, core: cores.measured })
      return { url: `http://127.0.0.1:${port}`, key: noKey, process: started }
    },
  }
}

/** Those of `npm start`, for both. */
const nodeFlags = ['--max-semi-space-size=32', '--min-semi-space-size=32']

export function barePassThrough({ processes, cores }: Ring): Contender {
  const program = fileURLToPath(new URL('./pass-through.ts', import.meta.url))
  return {
    name: 'pass-through',
    warmsUp: true,
    async start(upstream) {
      const port = await freePort()
      const words = [process.execPath, ...nodeFlags, program, String(port), upstream]
      const started = processes.start('pass-through', { words, core: cores.measured })
      return { url: `http://127.0.0.1:${port}`, key: noKey, process: started }
    },
  }
}

/** More than the most that the load asks at once: places and queue are to be passed through, not to refuse. */
const places = 1024

/** The gateway with everything on: keys in a database, validation, places, an account of each request, its log in a file. */
export function gateway(ring: Ring, entry: string): Contender {
  return gatewayWith(ring, entry, { name: 'gateway', settings: '' })
}

/** The same without its ledger, which shows what that costs. */
export function gatewayWithoutLedger(ring: Ring, entry: string): Contender {
  return gatewayWith(ring, entry, { name: 'without ledger', settings: 'ledger: { enabled: false }\n' })
}

interface Variant {
  readonly name: string
  /** What is in the settings file besides its service. */
  readonly settings: string
}

function gatewayWith({ processes, cores, folder }: Ring, entry: string, { name, settings }: Variant): Contender {
  const program = fileURLToPath(new URL(`../../${entry}`, import.meta.url))
  return {
    name,
    warmsUp: true,
    async start(upstream) {
      const port = await freePort()
      const own = mkdtempSync(join(folder, 'gateway-'))
      const service = `{ name: gemma4, upstreams: ['${upstream}'], places: ${places}, queue: ${places} }`
      writeFileSync(join(own, 'gateway.yaml'), `${settings}services:\n  - ${service}\n`)
      const environment = {
        NODE_ENV: 'production',
        GATEWAY_CONFIG: join(own, 'gateway.yaml'),
        GATEWAY_PORT: String(port),
        GATEWAY_DATA_DIR: own,
        GATEWAY_DATABASE_URL: `sqlite:${join(own, 'gateway.db')}`,
        GATEWAY_ADMIN_KEY: randomBytes(24).toString('hex'),
        GATEWAY_LOG_FORMAT: 'json',
        GATEWAY_SHUTDOWN_GRACE: '1s',
      }
      const create = [process.execPath, program, 'keys', 'create', '--name', 'bench', '--service', 'gemma4', '--json']
      const created = await processes.run({ words: create, core: undefined, environment })
      // It is our own command that wrote it.
      const { key } = JSON.parse(created) as { key: string }
      const serve = [process.execPath, ...nodeFlags, program, 'serve']
      const started = processes.start('gateway', { words: serve, core: cores.measured, environment })
      return { url: `http://127.0.0.1:${port}`, key, process: started }
    },
  }
}
