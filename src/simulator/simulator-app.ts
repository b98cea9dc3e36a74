import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { answerInstead, errorAnswer, sendAnswer, unauthorized } from './exchange/answer.ts'
import { type Exchange, openExchange } from './exchange/exchange.ts'
import type { FaultSource } from './faults/fault-plan.ts'
import { httpError, internalError, unsupportedMediaType, VllmError, validationErrors } from './request/vllm-error.ts'
import { addControlRoutes, type ControlParts } from './routes/control-routes.ts'
import type { Route } from './routes/vllm-routes.ts'
import type { SimulatorOptions } from './simulator-options.ts'

export interface AppParts extends ControlParts {
  readonly faults: FaultSource
  readonly routes: readonly Route[]
  readonly options: SimulatorOptions
}

/** vLLM takes bodies of any length; this only keeps a mistake from filling the memory. */
const bodyLimit = 256 * 2 ** 20

/** The HTTP server around the routes. Replies are written to the socket by the routes themselves. */
export function createSimulatorApp(parts: AppParts): FastifyInstance {
  const app = fastify({
    bodyLimit,
    keepAliveTimeout: parts.options.keepAliveTimeoutMs,
    forceCloseConnections: true,
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: false },
    exposeHeadRoutes: false,
  })
  // Node would keep a connection a second longer than it says.
  app.server.keepAliveTimeoutBuffer = 0
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  addControlRoutes(app, parts)
  for (const route of parts.routes)
    app.route({ method: route.method, url: route.path, handler: handlerOf(route, parts) })
  app.setNotFoundHandler(handlerOf(missingRoute, parts))
  return app
}

function handlerOf(route: Route | typeof missingRoute, parts: AppParts) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    reply.hijack()
    const exchange = openExchange({
      request: request.raw,
      response: reply.raw,
      text: typeof request.body === 'string' ? request.body : '',
      recorder: parts.recorder,
      faults: parts.faults.take(request.url.split('?', 1)[0] ?? ''),
    })
    try {
      await answerRoute(exchange, route, parts)
    } catch (thrown) {
      await answerError(exchange, thrown)
    }
  }
}

async function answerRoute(
  exchange: Exchange,
  route: Route | typeof missingRoute,
  { options, routes }: AppParts,
): Promise<void> {
  const path = exchange.record.path.split('?', 1)[0] ?? ''
  if (path.startsWith('/v1') && !isAuthorized(exchange, options)) return sendAnswer(exchange, unauthorized)
  if (route === missingRoute) {
    const known = routes.some((other) => other.path === path)
    throw known ? httpError(405, 'Method Not Allowed') : httpError(404, 'Not Found')
  }
  if (await answerInstead(exchange)) return
  if (route.takesJson) checkJson(exchange)
  await route.answer(exchange)
}

const missingRoute = Symbol('missing route')

function isAuthorized({ record }: Exchange, { apiKey }: SimulatorOptions): boolean {
  if (apiKey === null) return true
  const [scheme = '', ...rest] = (record.headers.authorization ?? '').split(' ')
  return scheme.toLowerCase() === 'bearer' && rest.join(' ') === apiKey
}

function checkJson({ record, body }: Exchange): void {
  const type = (record.headers['content-type'] ?? '').toLowerCase().split(';', 1)[0]
  if (type !== 'application/json') throw unsupportedMediaType()
  if (body !== undefined) return
  if (record.body === undefined) {
    throw validationErrors([{ type: 'missing', loc: ['body'], msg: 'Field required', input: null }])
  }
  const ctx = { error: 'Expecting value' }
  throw validationErrors([{ type: 'json_invalid', loc: ['body', 0], msg: 'JSON decode error', input: {}, ctx }])
}

async function answerError(exchange: Exchange, thrown: unknown): Promise<void> {
  if (exchange.response.headersSent) {
    exchange.response.destroy()
    return
  }
  await sendAnswer(exchange, errorAnswer(thrown instanceof VllmError ? thrown : internalError()))
}
