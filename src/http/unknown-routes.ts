import type { FastifyInstance } from 'fastify'
import { GatewayError } from '../chat/gateway-error.ts'
import type { EncodeError } from '../dialects/dialect.ts'
import { nearestName } from '../wire/nearest-name.ts'
import { sendFailure } from './failures.ts'

/** Anything else is a 404 that names the routes, such as `POST /v1/chat/completions`, and the nearest one. */
export function tellUnknownRoutes(app: FastifyInstance, routes: readonly string[], encodeError: EncodeError): void {
  app.setNotFoundHandler((request, reply) => {
    // The path alone: a key may stand in the query. What is compared is never repeated.
    const path = request.raw.url?.split('?', 1)[0]?.slice(0, 256) ?? '/'
    const nearest = nearestName(`${request.method} ${path}`, routes)
    const hint = nearest === undefined ? '' : ` The nearest is ${nearest}.`
    const message = `There is no such route.${hint} Routes: ${routes.join(', ')}.`
    sendFailure(new GatewayError('unknown-route', message), encodeError, request, reply)
  })
}
