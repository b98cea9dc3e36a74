import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { GatewayError } from '../chat/gateway-error.ts'
import { editDistance, nearestName } from '../wire/nearest-name.ts'
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
  const rest = path.slice(service.length + 1)
  if (below === undefined && !isVersion(service) && names.root.includes(`${method} ${rest}`)) {
    const nearest = `${method} ${nearestPrefix(service, rest, method, names)}${rest}`
    return new GatewayError('unknown-route', `There is no such service before the route. ${hintOf(nearest)}${routes}`)
  }
  // Only where it was meant to go: comparing with everything would be work for whoever has no key.
  const nearest = nearestName(`${method} ${path}`, below ?? names.root)
  return new GatewayError('unknown-route', `There is no such route. ${hintOf(nearest)}${routes}`)
}

function hintOf(nearest: string | undefined): string {
  return nearest === undefined ? '' : `The nearest is ${nearest}. `
}

/** Nobody who writes this means a service. */
function isVersion(segment: string): boolean {
  return /^v\d/.test(segment)
}

/** That of a service whose name is much like this and that has the route, or none, as the route is at the root as well. */
function nearestPrefix(service: string, rest: string, method: string, { below }: RouteNames): string {
  const having = [...below.keys()].filter((name) => below.get(name)?.includes(`${method} /${name}${rest}`))
  const nearest = nearestName(service, having)
  if (nearest === undefined) return ''
  const edits = editDistance(service.toLowerCase(), nearest.toLowerCase())
  return edits * 2 < nearest.length ? `/${nearest}` : ''
}
