import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { GatewayError } from '../chat/gateway-error.ts'
import { nearestName } from '../wire/nearest-name.ts'
import type { MethodsOf } from './route-methods.ts'
import type { RouteNames } from './route-names.ts'

/**
 * A known path with another method is a 405, and anything else a 404 that names the routes, such as
 * `POST /v1/chat/completions`, and the nearest one. Both are told before the body is read, which may be anything.
 */
export function refuseUnknownRoutes(app: FastifyInstance, names: RouteNames, methodsOf: MethodsOf): void {
  const prefixes = [...names.below.keys()].map((service) => `/${service}`).join(', ')
  const routes = `Routes: ${names.root.join(', ')}; those that its model serves also below ${prefixes}.`
  app.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) return done()
    // The path alone: a key may stand in the query. What is compared is never repeated.
    const path = request.raw.url?.split('?', 1)[0] ?? '/'
    const allow = methodsOf(path)
    if (allow.length === 0) done(unknownRoute(request.method, path.slice(0, 256), names, routes))
    else if (request.method === 'OPTIONS') tellMethods(reply, allow)
    else done(wrongMethod(request, allow))
  })
}

/** No page of another site may ask: that would take more headers than this one. */
function tellMethods(reply: FastifyReply, allow: readonly string[]): void {
  reply.code(204).header('allow', allow.join(', ')).send()
}

function wrongMethod({ method }: FastifyRequest, allow: readonly string[]): GatewayError {
  const message = `\`${method}\` is not a method of this route; it has ${allow.join(', ')}.`
  return new GatewayError('wrong-method', message, { allow })
}

function unknownRoute(method: string, path: string, names: RouteNames, routes: string): GatewayError {
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
