import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import type { AccessLine } from '../chat/access-line.ts'
import type { KeyAdmin } from '../chat/key-admin.ts'
import type { LimitsInUse } from '../chat/limits-in-use.ts'
import type { Services } from '../chat/services.ts'
import type { OpenEntry } from '../chat/visit.ts'
import type { SpokenDialect } from '../dialects/dialect.ts'
import { encodeModels } from '../dialects/openai-chat/encode-models.ts'
import type { Seal } from '../dialects/seal.ts'
import type { SpeechDialect } from '../dialects/speech-dialect.ts'
import type { ApiRoute } from './admin/api-route.ts'
import { apiScope } from './admin/api-scope.ts'
import { docsRoutes } from './admin/docs.ts'
import { keyRoutes } from './admin/key-routes.ts'
import { limitRoutes } from './admin/limit-routes.ts'
import { publicShapes } from './admin/public-shapes.ts'
import { requestRoutes } from './admin/request-routes.ts'
import { listRoutes } from './admin/route-list.ts'
import { serviceRoutes } from './admin/service-routes.ts'
import type { StreamTimes } from './answer.ts'
import type { AnyService } from './any-service.ts'
import { createArrivals, type Present, trackArrivals } from './arrival.ts'
import { type AuthenticationParts, prepareAuthentication } from './authenticate.ts'
import { dialectScope } from './dialect-scope.ts'
import { createDrain, type Drain } from './drain.ts'
import { tellFailures } from './failures.ts'
import { healthRoutes, type Readiness } from './health-routes.ts'
import { acceptJsonOnly } from './json-body.ts'
import { modelScope } from './model-routes.ts'
import { refuseOddRequests } from './odd-requests.ts'
import { requestTimes } from './request-times.ts'
import { createMethodsOf } from './route-methods.ts'
import { routeNames } from './route-names.ts'
import type { HoldUpload } from './serve-speech.ts'
import { answerBrokenRequests, serverOptions } from './server-options.ts'
import { cutSlowBodies } from './slow-bodies.ts'
import { speechScope } from './speech-scope.ts'
import { createSpokenDialect } from './spoken-dialect.ts'
import { refuseUnknownRoutes } from './unknown-routes.ts'
import { type UsageBook, usageRouteNames, usageScope } from './usage-routes.ts'

export interface DoorParts extends AuthenticationParts {
  readonly version: string
  readonly services: Services<AnyService>
  /** The first speaks where nothing tells which dialect is spoken. */
  readonly dialects: readonly [SpokenDialect, ...SpokenDialect[]]
  readonly speechDialects: readonly SpeechDialect[]
  readonly seal: Seal
  readonly keyAdmin: KeyAdmin
  readonly openEntry: OpenEntry
  /** Undefined where nothing is recorded. */
  readonly ledger: (UsageBook & { state(): { readonly word: string } }) | undefined
  /** In micro-units; undefined while nobody can say. */
  creditsLeft(keyId: string, granted: number): number | undefined
  limitsInUse(): LimitsInUse
  readonly holdUpload: HoldUpload
  readonly keysState: () => Readiness['keys']
  readonly bodyMaxBytes: number
  /** Whether a proxy is before the door, which says who asks. */
  readonly trustProxy: boolean
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
  const spokenBy = createSpokenDialect(parts.dialects)
  const times = requestTimes(parts)
  const app = Fastify(serverOptions({ ...parts, ...times, spokenBy }, arrivals))
  const allRoutes = listRoutes(app)
  trackArrivals(app, arrivals)
  const drain = createDrain(app, arrivals.present)
  tellFailures(app, (request) => spokenBy(request).encodeError)
  refuseOddRequests(app)
  cutSlowBodies(app, times)
  acceptJsonOnly(app)
  const names = routeNames({ ...parts, own: parts.ledger === undefined ? [] : usageRouteNames })
  refuseUnknownRoutes(app, names, createMethodsOf(allRoutes))
  const readiness = () => ({ draining: drain.draining, keys: parts.keysState() })
  const ledger = () => parts.ledger?.state().word
  healthRoutes(app, { version: parts.version, services: parts.services, readiness, ledger })
  const routes = [...names.root, ...[...names.below.values()].flat()]
  app.get('/', () => ({ name: 'vllm-gateway', version: parts.version, routes }))
  // Claude Code asks here whether anybody is there.
  app.get('/api/hello', () => ({ status: 'ok' }))
  const api = apiRoutes(parts, arrivals.present)
  const services = parts.services.all.map(({ name }) => name)
  docsRoutes(app, {
    version: parts.version,
    api,
    hasLedger: parts.ledger !== undefined,
    routes: allRoutes,
    services,
    shapes: publicShapes([...parts.dialects, ...parts.speechDialects], ['', ...services.map((name) => `/${name}`)]),
  })
  await app.register((scope) => withKeys(scope, parts, { spokenBy, api }))
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

/** The gateway's own API. */
function apiRoutes(parts: DoorParts, arrivals: Present): readonly ApiRoute[] {
  const { services, keyAdmin, limitsInUse: inUse, creditsLeft, now } = parts
  return [
    ...keyRoutes(keyAdmin),
    ...limitRoutes({ keys: keyAdmin, inUse, creditsLeft }),
    ...requestRoutes({ arrivals, now }),
    ...serviceRoutes(services),
  ]
}

interface KeyedParts {
  readonly spokenBy: (request: FastifyRequest) => SpokenDialect
  readonly api: readonly ApiRoute[]
}

/** Everything that needs a key: the gateway's own API, each dialect and the models, at the root and below each service. */
async function withKeys(scope: FastifyInstance, parts: DoorParts, { spokenBy, api }: KeyedParts): Promise<void> {
  await prepareAuthentication(scope, parts)
  scope.register(wrap(apiScope(api)))
  const { services, dialects, speechDialects } = parts
  const models = { services, spokenBy, usual: encodeModels }
  const { ledger: book, creditsLeft } = parts
  if (book !== undefined) scope.register(wrap(usageScope({ book, creditsLeft })))
  const places: { prefix: string; service: AnyService | undefined }[] = [
    { prefix: '', service: undefined },
    ...services.all.map((service) => ({ prefix: `/${service.name}`, service })),
  ]
  for (const { prefix, service } of places) {
    scope.register(wrap(modelScope(prefix, service, models)))
    for (const dialect of dialects) scope.register(wrap(dialectScope(dialect, prefix, service, parts)))
    for (const dialect of speechDialects) scope.register(speechScope(dialect, prefix, service, parts))
  }
}

/** Fastify counts a plugin's arguments to see whether it calls back. */
function wrap(register: (scope: FastifyInstance) => void): (scope: FastifyInstance) => Promise<void> {
  return async (scope) => register(scope)
}
