import type { FastifyInstance, FastifyRequest } from 'fastify'
import { GatewayError } from '../chat/gateway-error.ts'
import { nearestName } from '../wire/nearest-name.ts'
import type { RouteNames } from './route-names.ts'

/**
 * Anything else is a 404 that names the routes, such as `POST /v1/chat/completions`, and the nearest one. It is told
 * before the body is read, which may be anything.
 */
export function refuseUnknownRoutes(app: FastifyInstance, names: RouteNames): void {
  const prefixes = [...names.below.keys()].map((service) => `/${service}`).join(', ')
  const routes = `Routes: ${names.root.join(', ')}; those of the models also below ${prefixes}.`
  app.addHook('onRequest', (request, _reply, done) => {
    done(request.is404 ? unknownRoute(request, names, routes) : undefined)
  })
}

function unknownRoute({ raw, method }: FastifyRequest, names: RouteNames, routes: string): GatewayError {
  // The path alone: a key may stand in the query. What is compared is never repeated.
  const path = raw.url?.split('?', 1)[0]?.slice(0, 256) ?? '/'
  const service = path.split('/', 2)[1] ?? ''
  const below = names.below.get(service)
  if (below === undefined && names.root.includes(`${method} ${path.slice(service.length + 1)}`)) {
    return new GatewayError('unknown-route', `There is no such service before the route. ${routes}`)
  }
  // Only where it was meant to go: comparing with everything would be work for whoever has no key.
  const nearest = nearestName(`${method} ${path}`, below ?? names.root)
  const hint = nearest === undefined ? '' : ` The nearest is ${nearest}.`
  return new GatewayError('unknown-route', `There is no such route.${hint} ${routes}`)
}
