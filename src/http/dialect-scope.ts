import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { mayUse } from '../chat/caller.ts'
import { GatewayError } from '../chat/gateway-error.ts'
import type { DeliverEvents } from '../chat/serve-chat.ts'
import type { Service, Services } from '../chat/services.ts'
import type { Entry, Visit } from '../chat/visit.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { answerStream, answerWhole, type StreamTimes } from './answer.ts'
import { tellFailures } from './failures.ts'

export interface DialectParts {
  readonly services: Services
  readonly openEntry: () => Entry
  readonly times: StreamTimes
}

/**
 * The routes of one dialect below one prefix. Below a service's prefix the service is fixed and the body's `model` is
 * only repeated; at the root the model picks the service.
 */
export function dialectScope<Echo>(
  dialect: Dialect<Echo>,
  fixed: Service | undefined,
  parts: DialectParts,
): (scope: FastifyInstance) => void {
  return (scope) => {
    tellFailures(scope, dialect.encodeError)
    for (const path of dialect.paths) {
      scope.post(path, (request, reply) => serve(dialect, fixed, parts, request, reply))
    }
  }
}

async function serve<Echo>(
  dialect: Dialect<Echo>,
  fixed: Service | undefined,
  { services, openEntry, times }: DialectParts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const { arrival, body } = request
  arrival.dialect = dialect.name
  const asked = dialect.modelOf(body)
  const service = fixed ?? services.pick(asked)
  const caller = permit(request, service)
  const { request: wanted, streamed, echo } = dialect.decode(body, service.policy)
  const answer = { echo, requestId: arrival.id, model: asked ?? service.name }
  const { signal, abort } = openSignal(reply)
  arrival.abort = abort
  const entry = openEntry()
  arrival.entry = entry
  const visit: Visit = { id: arrival.id, caller, service: service.name, streamed, signal, abort, entry }
  const serve = (deliver: DeliverEvents) => service.serveChat(wanted, visit, deliver)
  if (streamed) {
    await answerStream(reply, { serve, encoder: dialect.openStream(answer), arrival, entry }, times)
    return reply
  }
  const whole = await answerWhole(serve, dialect, answer, entry)
  return reply.headers(whole.headers).send(whole.body)
}

function permit({ arrival }: FastifyRequest, service: Service) {
  arrival.service = service.name
  const { caller } = arrival
  if (caller === undefined) throw new GatewayError('missing-key', 'No key was sent.')
  if (!mayUse(caller, service.name)) {
    throw new GatewayError('forbidden-service', `This key may not use the service \`${service.name}\`.`)
  }
  return caller
}

/** The client may have left while its body was read: its `close` will not come again. */
function openSignal(reply: FastifyReply): { signal: AbortSignal; abort(reason: GatewayError): void } {
  const controller = new AbortController()
  if (reply.raw.destroyed) controller.abort(new GatewayError('abandoned', 'The client left.'))
  return { signal: controller.signal, abort: (reason) => controller.abort(reason) }
}
