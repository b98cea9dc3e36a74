import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Service, Services } from '../chat/services.ts'

export interface HealthParts {
  readonly version: string
  readonly services: Services
  /** What stands in the way of serving: nothing, or a word such as `keys`. */
  readiness(): Readiness
  /** How the ledger is; undefined where nothing is recorded. */
  ledger(): string | undefined
}

export interface Readiness {
  readonly draining: boolean
  /** How the keys are known: `fresh` from the database, `stale` while it is away, `waiting` for the first look. */
  readonly keys: 'waiting' | 'fresh' | 'stale' | 'expired'
}

/** Health in one look. None of these needs a key, asks the model or touches the database. */
export function healthRoutes(app: FastifyInstance, { version, services, readiness, ledger }: HealthParts): void {
  app.get('/livez', () => ({ status: 'ok' }))
  app.get('/readyz', (_request, reply) => tellReadiness(reply, readiness()))
  app.get('/health', () => {
    const { keys, draining } = readiness()
    const all = services.all.map(describe)
    return { ...summary(all), keys, ledger: ledger(), draining, version, services: all }
  })
  for (const service of services.all) {
    app.get(`/${service.name}/health`, () => {
      const described = describe(service)
      return { ...described, version }
    })
  }
}

function tellReadiness(reply: FastifyReply, { draining, keys }: Readiness): object {
  const ready = !draining && (keys === 'fresh' || keys === 'stale')
  reply.code(ready ? 200 : 503)
  return { status: ready ? (keys === 'stale' ? 'degraded' : 'ok') : 'not ready', keys, draining }
}

function describe(service: Service) {
  const { upstream, model, contextWindow, running, waiting } = service.status()
  const servers = countServers(service)
  const status = upstream === 'ready' && servers.well ? 'ok' : 'degraded'
  const { ready, all } = servers
  return {
    ...{ status, service: service.name, kind: service.kind, model, upstream },
    ...{ upstreams: { ready, all }, max_model_len: contextWindow, running, waiting },
  }
}

/** A server that is drained for its maintenance is well, as long as another serves. */
function countServers({ upstreams }: Service) {
  const states = upstreams.list().map(({ state }) => state)
  const ready = states.filter((state) => state === 'ready').length
  return {
    ready,
    all: states.length,
    well: ready > 0 && states.every((state) => state === 'ready' || state === 'draining'),
  }
}

/** The whole is as well as its worst part; a single service's model and upstream stand for it. */
function summary(services: readonly ReturnType<typeof describe>[]) {
  const worst = services.find(({ status }) => status !== 'ok') ?? services[0]
  return { status: worst?.status ?? 'ok', model: services[0]?.model ?? null, upstream: worst?.upstream ?? 'waiting' }
}
