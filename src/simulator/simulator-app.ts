import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { answerInstead, sendAnswer } from './exchange/answer.ts'
import { type Exchange, openExchange } from './exchange/exchange.ts'
import type { Manners } from './exchange/manners.ts'
import type { FaultSource } from './faults/fault-plan.ts'
import { addControlRoutes, type ControlParts } from './routes/control-routes.ts'
import type { Route } from './routes/route.ts'

export interface AppParts extends ControlParts {
  readonly faults: FaultSource
  readonly routes: readonly Route[]
  readonly manners: Manners
  readonly keepAliveTimeoutMs: number
}

/** The servers take bodies of any length; this only keeps a mistake from filling the memory. */
const bodyLimit = 256 * 2 ** 20

/** The HTTP server around the routes. Replies are written to the socket by the routes themselves. */
export function createSimulatorApp(parts: AppParts): FastifyInstance {
  const app = fastify({
    bodyLimit,
    keepAliveTimeout: parts.keepAliveTimeoutMs,
    forceCloseConnections: true,
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: false },
    exposeHeadRoutes: false,
  })
  // Node would keep a connection a second longer than it says.
  app.server.keepAliveTimeoutBuffer = 0
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  addControlRoutes(app, parts)
  for (const route of parts.routes)
    app.route({ method: route.method, url: route.path, handler: handlerOf(route, parts) })
  app.setNotFoundHandler(handlerOf(undefined, parts))
  return app
}

function handlerOf(route: Route | undefined, parts: AppParts) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    reply.hijack()
    const exchange = openExchange({
      request: request.raw,
      response: reply.raw,
      bytes: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
      recorder: parts.recorder,
      faults: parts.faults.take(request.url.split('?', 1)[0] ?? ''),
      manners: parts.manners,
    })
    try {
      await answerRoute(exchange, route, parts)
    } catch (thrown) {
      await answerError(exchange, thrown)
    }
  }
}

async function answerRoute(exchange: Exchange, route: Route | undefined, { manners, routes }: AppParts): Promise<void> {
  const path = exchange.record.path.split('?', 1)[0] ?? ''
  const objection = manners.objection(exchange.record)
  if (objection !== undefined) return sendAnswer(exchange, objection)
  if (route === undefined) {
    const known = routes.some((other) => other.path === path)
    return sendAnswer(exchange, manners.missing(path, known))
  }
  if (await answerInstead(exchange)) return
  await route.answer(exchange)
}

async function answerError(exchange: Exchange, thrown: unknown): Promise<void> {
  if (exchange.response.headersSent) {
    exchange.response.destroy()
    return
  }
  await sendAnswer(exchange, exchange.manners.failure(thrown))
}
