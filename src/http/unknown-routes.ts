import type { FastifyInstance, FastifyRequest } from 'fastify'
import { GatewayError } from '../chat/gateway-error.ts'
import { nearestName } from '../wire/nearest-name.ts'

/**
 * Anything else is a 404 that names the routes, such as `POST /v1/chat/completions`, and the nearest one. It is told
 * before the body is read, which may be anything.
 */
export function refuseUnknownRoutes(app: FastifyInstance, routes: readonly string[]): void {
  app.addHook('onRequest', (request, _reply, done) => {
    done(request.is404 ? unknownRoute(request, routes) : undefined)
  })
}

function unknownRoute({ raw, method }: FastifyRequest, routes: readonly string[]): GatewayError {
  // The path alone: a key may stand in the query. What is compared is never repeated.
  const path = raw.url?.split('?', 1)[0]?.slice(0, 256) ?? '/'
  const nearest = nearestName(`${method} ${path}`, routes)
  const hint = nearest === undefined ? '' : ` The nearest is ${nearest}.`
  return new GatewayError('unknown-route', `There is no such route.${hint} Routes: ${routes.join(', ')}.`)
}
