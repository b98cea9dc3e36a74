import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Caller, policyFor, requireAccess, requireDialect } from '../chat/caller.ts'
import { GatewayError } from '../chat/gateway-error.ts'
import type { DeliverEvents } from '../chat/serve-chat.ts'
import type { Service, Services } from '../chat/services.ts'
import type { OpenEntry, Visit } from '../chat/visit.ts'
import type { Asked, Dialect, DialectRoute, OwnRoute } from '../dialects/dialect.ts'
import type { Seal } from '../dialects/seal.ts'
import { answerStream, answerWhole, type StreamTimes } from './answer.ts'
import { requireKey } from './authenticate.ts'
import { jsonType, tellFailures } from './failures.ts'
import { openingOf } from './opening.ts'
import { queryOf } from './spoken-dialect.ts'

export interface DialectParts {
  readonly services: Services
  readonly seal: Seal
  readonly openEntry: OpenEntry
  readonly times: StreamTimes
}

/**
 * The routes of one dialect below one prefix. Below a service's prefix the service is fixed and the model that is asked
 * for is only repeated; at the root the model picks the service.
 */
export function dialectScope<Echo>(
  dialect: Dialect<Echo>,
  prefix: string,
  fixed: Service | undefined,
  parts: DialectParts,
): (scope: FastifyInstance) => void {
  const serve = createServe(dialect, fixed, parts)
  return (scope) => {
    tellFailures(scope, () => dialect.encodeError)
    requireKey(scope, () => dialect.credentials)
    for (const route of dialect.routes) {
      for (const version of route.versions) {
        scope.post(prefix + version + route.path, (request, reply) => serve(route, request, reply))
      }
    }
    for (const route of dialect.ownRoutes ?? []) addOwnRoute(scope, prefix, dialect.name, route)
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
  for (const version of route.versions) {
    scope.route({ method: route.method, url: prefix + version + route.path, handler: answer })
  }
}

type ServeRoute = (route: DialectRoute, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

function createServe<Echo>(dialect: Dialect<Echo>, fixed: Service | undefined, parts: DialectParts): ServeRoute {
  const { services, seal, openEntry, times } = parts

  /** A model's name counts only where it means this service: below a prefix any name may stand. */
  function admit(request: FastifyRequest, service: Service, model: string | undefined): Caller {
    request.arrival.service = service.name
    const caller = callerOf(request)
    const models = () => {
      const named = model !== undefined && services.find(model) === service ? model : null
      return [named, service.name, service.status().model]
    }
    requireAccess(caller, { service: service.name, models, dialect: dialect.name })
    return caller
  }

  async function serveAnswer(asked: Asked, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const { arrival } = request
    const model = dialect.modelOf(asked)
    const service = fixed ?? services.pick(model)
    const caller = admit(request, service, model)
    const decoding = dialect.decode(asked, { policy: policyFor(caller, service.policy), caller, seal })
    const { request: wanted, streamed, echo, headers } = decoding instanceof Promise ? await decoding : decoding
    if (headers !== undefined) reply.headers(headers)
    const { signal, abort } = openSignal(reply)
    arrival.abort = abort
    const entry = openEntry(
      openingOf(request, { caller, service: service.name, dialect: dialect.name, streamed, wanted }),
    )
    arrival.entry = entry
    const { id, endUser = null } = arrival
    const visit: Visit = { id, caller, endUser, service: service.name, streamed, signal, abort, entry }
    const serve = (deliver: DeliverEvents) => service.serveChat(wanted, visit, deliver)
    const answer = { echo, requestId: arrival.id, model: model ?? service.name, caller, seal }
    const answering = { serve, dialect, answer, arrival, visit }
    try {
      return await (streamed ? answerStream(reply, answering, times) : answerWhole(reply, answering))
    } catch (thrown) {
      const failure = GatewayError.from(thrown)
      await entry.record(dialect.encodeError(failure, arrival.id).status, failure)
      throw failure
    } finally {
      visit.allowance?.settle(entry.spent)
    }
  }

  async function countTokens(asked: Asked, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const { countTokens: count } = dialect
    if (count === undefined) throw new Error(`The dialect ${dialect.name} counts no tokens.`)
    const model = dialect.modelOf(asked)
    const service = fixed ?? services.pick(model)
    const caller = admit(request, service, model)
    const wanted = await count.decode(asked, { policy: policyFor(caller, service.policy), caller, seal })
    const { signal, abort } = openSignal(reply)
    request.arrival.abort = abort
    const tokens = await service.countTokens(wanted, signal)
    return reply.type(jsonType).send(count.encode(tokens))
  }

  return (route, request, reply) => {
    const { arrival } = request
    arrival.dialect = dialect.name
    if (dialect.requestIdHeader !== undefined) reply.header(dialect.requestIdHeader, arrival.id)
    const asked = askedBy(request)
    const purpose = typeof route.purpose === 'string' ? route.purpose : route.purpose(asked)
    return purpose === 'answer' ? serveAnswer(asked, request, reply) : countTokens(asked, request, reply)
  }
}

function askedBy({ body, params, query, headers }: FastifyRequest): Asked {
  return { body, path: wildcardOf(params), query: queryOf(query), headers }
}

function wildcardOf(params: unknown): string {
  const wildcard = typeof params === 'object' && params !== null && '*' in params ? params['*'] : ''
  return typeof wildcard === 'string' ? wildcard : ''
}

function callerOf({ arrival: { caller } }: FastifyRequest): Caller {
  if (caller === undefined) throw new GatewayError('missing-key', 'No key was sent.')
  return caller
}

/** The client may have left while its body was read: its `close` will not come again. */
function openSignal(reply: FastifyReply): { signal: AbortSignal; abort(reason: GatewayError): void } {
  const controller = new AbortController()
  if (reply.raw.destroyed) controller.abort(new GatewayError('abandoned', 'The client left.'))
  return { signal: controller.signal, abort: (reason) => controller.abort(reason) }
}
