import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { requireDialect } from '../chat/caller.ts'
import type { Services } from '../chat/services.ts'
import type { OpenEntry } from '../chat/visit.ts'
import type { Asked, Dialect, DialectRoute, OwnRoute, Purpose, SpokenDialect } from '../dialects/dialect.ts'
import { modelOf } from '../dialects/model-of.ts'
import type { Seal } from '../dialects/seal.ts'
import { createGather } from '../wire/gathering.ts'
import type { StreamTimes } from './answer.ts'
import type { AnyService } from './any-service.ts'
import { requireKey } from './authenticate.ts'
import { failureWords, jsonType, tellFailures } from './failures.ts'
import { createServeAnswer, createServeCount, type ServeAsked } from './serve-answer.ts'
import { createServeEmbeddings } from './serve-embeddings.ts'
import { isServed, purposesOf, servedOwnRoutes } from './served-routes.ts'
import { callerOf, createAdmit } from './serving.ts'
import { queryOf } from './spoken-dialect.ts'

export interface DialectParts {
  readonly services: Services<AnyService>
  readonly seal: Seal
  readonly openEntry: OpenEntry
  readonly times: StreamTimes
}

/** The routes of one dialect below one prefix. */
export function dialectScope(
  dialect: SpokenDialect,
  prefix: string,
  fixed: AnyService | undefined,
  parts: DialectParts,
): (scope: FastifyInstance) => void {
  const serve = createServe(dialect, fixed, parts)
  const served = purposesOf(fixed === undefined ? parts.services.all : [fixed])
  return (scope) => {
    const words = failureWords(dialect)
    tellFailures(scope, () => words)
    requireKey(scope, () => dialect.credentials)
    for (const route of dialect.routes) {
      const config = { refusesOnly: !isServed(route, served) }
      for (const version of route.versions) {
        scope.post(prefix + version + route.path, { config }, (request, reply) => serve(route, request, reply))
      }
    }
    for (const route of servedOwnRoutes(dialect, served)) addOwnRoute(scope, prefix, dialect.name, route)
  }
}

function addOwnRoute(scope: FastifyInstance, prefix: string, dialect: string, route: OwnRoute): void {
  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    request.arrival.dialect = dialect
    const caller = callerOf(request)
    requireDialect(caller, dialect)
    const { status, headers = {}, body } = await route.answer(askedBy(request), caller)
    return reply.code(status).headers(headers).type(jsonType).send(body)
  }
  const { method, path, versions, refusesOnly = false } = route
  for (const version of versions) {
    scope.route({ method, url: prefix + version + path, config: { refusesOnly }, handler: answer })
  }
}

type ServeRoute = (route: DialectRoute, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

function createServe(dialect: SpokenDialect, fixed: AnyService | undefined, parts: DialectParts): ServeRoute {
  const serve = createServes(dialect, fixed, parts)
  const gather = createGather()
  return async (route, request, reply) => {
    await new Promise<void>(gather)
    const { arrival } = request
    arrival.dialect = dialect.name
    if (dialect.requestIdHeader !== undefined) reply.header(dialect.requestIdHeader, arrival.id)
    const asked = askedBy(request)
    if (fixed !== undefined) passOverModel(asked.body)
    const purpose = typeof route.purpose === 'string' ? route.purpose : route.purpose(asked)
    const serveAsked = serve[purpose]
    if (serveAsked === undefined) throw new Error(`The dialect ${dialect.name} has no words for ${purpose}.`)
    return serveAsked(asked, request, reply)
  }
}

/** Where the service is fixed nobody asks for the model: what can be no name of one is no reason to refuse. */
function passOverModel(body: unknown): void {
  if (typeof body === 'object' && body !== null && 'model' in body && modelOf(body) === undefined) body.model = null
}

/** What a dialect can be asked for. */
function createServes(
  dialect: SpokenDialect,
  fixed: AnyService | undefined,
  parts: DialectParts,
): Partial<Record<Purpose, ServeAsked>> {
  const admit = createAdmit(parts.services, fixed)
  const { embeddings } = dialect
  return {
    ...(embeddings && { embed: createServeEmbeddings(dialect, embeddings, admit, parts.openEntry) }),
    ...(talks(dialect) && {
      answer: createServeAnswer(dialect, admit, parts),
      'count-tokens': createServeCount(dialect, admit, parts),
    }),
  }
}

function talks(dialect: SpokenDialect): dialect is Dialect {
  return 'decode' in dialect
}

function askedBy({ body, params, query, headers }: FastifyRequest): Asked {
  return { body, path: wildcardOf(params), query: queryOf(query), headers }
}

function wildcardOf(params: unknown): string {
  const wildcard = typeof params === 'object' && params !== null && '*' in params ? params['*'] : ''
  return typeof wildcard === 'string' ? wildcard : ''
}
