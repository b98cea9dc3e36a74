import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Caller, requireAccess } from '../chat/caller.ts'
import { GatewayError } from '../chat/gateway-error.ts'
import type { Service, ServiceKind, Services } from '../chat/services.ts'
import type { OpenEntry, Opening, Visit } from '../chat/visit.ts'
import type { EncodeError } from '../dialects/dialect.ts'
import { openingOf } from './opening.ts'

/** A service that a request's caller may use, found by the kind of its route and the model it asks for. */
interface Admitted<Served extends Service> {
  readonly service: Served
  readonly caller: Caller
  /** As the caller named it, or the service's name. */
  readonly model: string
}

interface Wanting<Kind extends ServiceKind> {
  readonly kind: Kind
  readonly model: string | undefined
  /** The dialect's name. */
  readonly dialect: string
}

export type Admit<Some extends Service> = <Kind extends Some['kind']>(
  request: FastifyRequest,
  wanting: Wanting<Kind>,
) => Admitted<Extract<Some, { readonly kind: Kind }>>

/**
 * Below a service's prefix the service is fixed and the model that is asked for is only repeated; at the root the model
 * picks the service. Throws `unknown-model`, `unknown-route`, `forbidden-service`.
 */
export function createAdmit<Some extends Service>(services: Services<Some>, fixed: Some | undefined): Admit<Some> {
  return (request, { kind, model, dialect }) => {
    const service = fixed === undefined ? services.pick(model, kind) : requireKind(fixed, kind)
    request.arrival.service = service.name
    const caller = callerOf(request)
    // A model's name counts only where it means this service: below a prefix any name may stand.
    const models = () => {
      const named = model !== undefined && services.find(model) === service ? model : null
      return [named, service.name, service.status().model]
    }
    requireAccess(caller, { service: service.name, models, dialect })
    return { service, caller, model: model ?? service.name }
  }
}

function requireKind<Some extends Service, Kind extends Some['kind']>(service: Some, kind: Kind) {
  if (service.kind !== kind) {
    throw new GatewayError('unknown-route', `The service \`${service.name}\` has no such route: it is of another kind.`)
  }
  // Its kind has just been looked at.
  return service as Extract<Some, { readonly kind: Kind }>
}

export function callerOf({ arrival: { caller } }: FastifyRequest): Caller {
  if (caller === undefined) throw new GatewayError('missing-key', 'No key was sent.')
  return caller
}

/** The client may have left while its body was read: its `close` will not come again. */
export function openSignal(
  request: FastifyRequest,
  reply: FastifyReply,
): { signal: AbortSignal; abort(reason: GatewayError): void } {
  const controller = new AbortController()
  if (reply.raw.destroyed) controller.abort(new GatewayError('abandoned', 'The client left.'))
  const abort = (reason: GatewayError) => controller.abort(reason)
  request.arrival.abort = abort
  return { signal: controller.signal, abort }
}

/** What is known of a request that is about to be served, beside who asks. */
export interface Undertaking extends Pick<Opening, 'dialect' | 'streamed' | 'images' | 'audioSeconds'> {
  readonly caller: Caller
  /** The service's name. */
  readonly service: string
}

/** Opens the visit of a request, with its entry in the ledger and the signal that ends it. */
export function openVisit(
  request: FastifyRequest,
  reply: FastifyReply,
  openEntry: OpenEntry,
  undertaking: Undertaking,
): Visit {
  const { arrival } = request
  const { caller, service, streamed } = undertaking
  const { signal, abort } = openSignal(request, reply)
  const entry = openEntry(openingOf(request, undertaking))
  arrival.entry = entry
  const endUser = arrival.endUser ?? null
  const visit: Visit = { id: arrival.id, caller, endUser, service, streamed, signal, abort, entry }
  arrival.visit = visit
  return visit
}

/** Serves a visit. Whatever its end, its account is on record before that is told, and its allowance is settled. */
export async function serveVisit<Answer>(
  visit: Visit,
  encodeError: EncodeError,
  serve: () => Promise<Answer>,
): Promise<Answer> {
  const { id, entry } = visit
  try {
    return await serve()
  } catch (thrown) {
    const failure = GatewayError.from(thrown)
    await entry.record(encodeError(failure, id).status, failure)
    // Whoever found no room is told to come back, and must be let in then.
    if (failure.kind === 'overloaded' && entry.spent === undefined) visit.allowance?.cancel()
    throw failure
  } finally {
    visit.allowance?.settle(entry.spent)
  }
}
