import Fastify, { type FastifyInstance } from 'fastify'
import type { AccessLine } from '../chat/access-line.ts'
import type { FindKey } from '../chat/caller.ts'
import type { Service, Services } from '../chat/services.ts'
import type { Entry } from '../chat/visit.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { encodeOpenaiError } from '../dialects/openai-error.ts'
import type { StreamTimes } from './answer.ts'
import { createArrivals, trackArrivals } from './arrival.ts'
import { requireKey } from './authenticate.ts'
import { dialectScope } from './dialect-scope.ts'
import { createDrain, type Drain } from './drain.ts'
import { tellFailures } from './failures.ts'
import { healthRoutes, type Readiness } from './health-routes.ts'
import { acceptJsonOnly } from './json-body.ts'
import { modelScope } from './model-routes.ts'
import { refuseOddRequests } from './odd-requests.ts'
import { answerBrokenRequests, serverOptions } from './server-options.ts'
import { refuseUnknownRoutes } from './unknown-routes.ts'

export interface DoorParts {
  readonly version: string
  readonly services: Services
  readonly dialects: readonly Dialect[]
  readonly findKey: FindKey
  readonly openEntry: () => Entry
  readonly keysState: () => Readiness['keys']
  readonly bodyMaxBytes: number
  readonly times: StreamTimes
  /** Monotonic milliseconds. */
  now(): number
  log(line: AccessLine): void
}

/** The front door: a Fastify server with one encapsulated scope for each dialect, service and spelling of its prefix. */
export interface Door extends Drain {
  /** Resolves with the port. */
  listen(address: { host: string; port: number }): Promise<number>
  close(): Promise<void>
}

export async function createDoor(parts: DoorParts): Promise<Door> {
  const arrivals = createArrivals(parts)
  const app = Fastify(serverOptions(parts.bodyMaxBytes, arrivals))
  trackArrivals(app, arrivals)
  const drain = createDrain(app, arrivals.present)
  tellFailures(app, encodeOpenaiError)
  refuseOddRequests(app)
  acceptJsonOnly(app)
  refuseUnknownRoutes(app, routeNames(parts))
  const readiness = () => ({ draining: drain.draining, keys: parts.keysState() })
  healthRoutes(app, { version: parts.version, services: parts.services, readiness })
  app.get('/', () => ({ name: 'vllm-gateway', version: parts.version, routes: routeNames(parts) }))
  await app.register((scope) => modelRoutes(scope, parts))
  await app.ready()
  answerBrokenRequests(app.server)
  return {
    ...drain,
    get draining() {
      return drain.draining
    },
    async listen({ host, port }) {
      await app.listen({ host, port })
      const address = app.server.address()
      return typeof address === 'object' && address !== null ? address.port : port
    },
    close: () => app.close(),
  }
}

/** `/v1` may be left out, and some clients add it twice. */
const versions = ['', '/v1', '/v1/v1'] as const

async function modelRoutes(scope: FastifyInstance, parts: DoorParts): Promise<void> {
  await requireKey(scope, parts.findKey)
  const places: { prefix: string; service: Service | undefined }[] = [
    { prefix: '', service: undefined },
    ...parts.services.all.map((service) => ({ prefix: `/${service.name}`, service })),
  ]
  for (const { prefix, service } of places) {
    for (const version of versions) {
      const options = { prefix: prefix + version }
      scope.register(wrap(modelScope(parts.services, service, encodeOpenaiError)), options)
      for (const dialect of parts.dialects) scope.register(wrap(dialectScope(dialect, service, parts)), options)
    }
  }
}

/** Fastify counts a plugin's arguments to see whether it calls back. */
function wrap(register: (scope: FastifyInstance) => void): (scope: FastifyInstance) => Promise<void> {
  return async (scope) => register(scope)
}

/** The routes as they are told to people, each in its first spelling. */
function routeNames({ services, dialects }: DoorParts): string[] {
  const names: string[] = dialects.flatMap(({ paths }) => paths.map((path) => `POST ${versionOf(path)}${path}`))
  const prefixed = services.all.flatMap(({ name }) => [
    ...dialects.flatMap(({ paths }) => paths.map((path) => `POST /${name}${versionOf(path)}${path}`)),
    `GET /${name}/health`,
  ])
  return [...names, 'GET /v1/models', 'GET /v1/models/{id}', 'GET /health', 'GET /livez', 'GET /readyz', ...prefixed]
}

function versionOf(path: string): '' | '/v1' {
  return path === '/chat' ? '' : '/v1'
}
