import type { ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AccessLine } from '../chat/access-line.ts'
import type { Caller } from '../chat/caller.ts'
import { type FailureKind, GatewayError } from '../chat/gateway-error.ts'
import { type Enrolled, Roster } from '../chat/roster.ts'
import type { Entry, Visit } from '../chat/visit.ts'
import { isPresented } from './authenticate.ts'
import { createRequestIds } from './request-id.ts'

/** One request at the door, from its first byte to the end of its response. */
export interface Arrival extends Enrolled {
  readonly id: string
  /** Monotonic milliseconds. */
  readonly at: number
  readonly response: ServerResponse
  caller?: Caller
  /** The person behind the caller's key, where several share it and it is known. */
  endUser?: string | null
  service?: string
  dialect?: string
  entry?: Entry
  visit?: Visit
  failure?: GatewayError
  /** Ends the request that is being served, with the reason. */
  abort?: (reason: GatewayError) => void
}

declare module 'fastify' {
  interface FastifyRequest {
    arrival: Arrival
  }
}

export interface ArrivalParts {
  now(): number
  log(line: AccessLine): void
}

/** The requests that are at the door now. */
export type Present = Pick<Roster<Arrival>, 'size' | 'list'>

export interface Arrivals {
  readonly present: Present
  begin(request: FastifyRequest, reply: FastifyReply): void
}

/**
 * Gives every request its id, notices when its client leaves, and reports it once, at its end. Fastify's own
 * `request.signal` ends with the request's body, so that the response's `close` is what tells.
 */
export function createArrivals({ now, log }: ArrivalParts): Arrivals {
  const present = new Roster<Arrival>()
  const nextId = createRequestIds()
  return {
    present,
    begin(request, reply) {
      const arrival: Arrival = { id: nextId(), at: now(), response: reply.raw, place: -1 }
      request.arrival = arrival
      present.add(arrival)
      reply.header('x-request-id', arrival.id)
      reply.raw.once('close', () => {
        present.remove(arrival)
        const left = !reply.raw.writableFinished
        if (left) arrival.abort?.(new GatewayError('abandoned', 'The client left.'))
        log(describe(request, reply, left, now() - arrival.at))
      })
    },
  }
}

export function trackArrivals(app: FastifyInstance, arrivals: Arrivals): void {
  // Fastify shares a decorated value between requests unless it is null here and set in a hook.
  app.decorateRequest('arrival', null as unknown as Arrival)
  app.addHook('onRequest', (request, reply, done) => {
    arrivals.begin(request, reply)
    done()
  })
}

function describe(request: FastifyRequest, reply: FastifyReply, left: boolean, totalMs: number): AccessLine {
  const { arrival } = request
  const { entry, failure } = arrival
  const status = left && !reply.raw.headersSent ? 499 : reply.raw.statusCode
  return {
    requestId: arrival.id,
    clientRequestId: clientIdOf(request),
    key: arrival.caller?.keyName,
    service: arrival.service,
    upstream: arrival.visit?.upstream,
    dialect: arrival.dialect,
    method: request.method,
    // The route's pattern, never the address: a key may stand in its query.
    route: request.routeOptions.url ?? '(none)',
    status,
    outcome: entry?.outcome ?? outcomeOf(status, left),
    failure: failureKind(failure, left),
    cause: failure?.cause,
    usage: entry?.usage,
    maxTokens: entry?.maxTokens,
    queueMs: entry?.queueMs,
    firstTokenMs: entry?.firstTokenMs,
    totalMs,
  }
}

/** Some clients send their key as their id. */
function clientIdOf(request: FastifyRequest): string | undefined {
  const id = request.headers['x-request-id']
  return typeof id !== 'string' || isPresented(id, request) ? undefined : id
}

function outcomeOf(status: number, left: boolean): 'completed' | 'failed' | 'abandoned' {
  if (left) return 'abandoned'
  return status < 400 ? 'completed' : 'failed'
}

function failureKind(failure: GatewayError | undefined, left: boolean): FailureKind | undefined {
  return left ? 'abandoned' : failure?.kind
}
