import { Server as NetServer, type Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { GatewayError } from '../chat/gateway-error.ts'
import type { Present } from './arrival.ts'

export interface Drain {
  readonly draining: boolean
  /**
   * Ends the service without failing a request: no new connections, `Connection: close` on every response, running
   * requests up to the grace, then an error in their own words. Resolves when nothing runs any more: two seconds after the
   * grace at most, and three after the signal where that is later.
   */
  drain(graceMs: number): Promise<void>
}

/** Idle connections are kept this long, because a request may be on its way on them. */
const lingerMs = 1000
/** Those that came while idle connections were kept have this long to take their error. */
const farewellMs = 1000
const checkMs = 20

export function createDrain(app: FastifyInstance, arrivals: Present): Drain {
  let draining = false
  const connections = trackConnections(app)

  app.addHook('onRequest', (_request, reply, done) => {
    if (draining) reply.raw.shouldKeepAlive = false
    done()
  })

  return {
    get draining() {
      return draining
    },
    async drain(graceMs) {
      const graceEnds = performance.now() + graceMs
      draining = true
      stopListening(app)
      // Those that are being served say so as well, unless their headers have left.
      for (const { response } of arrivals.list()) response.shouldKeepAlive = false
      // Who runs all along is told then, whatever is waited for; who comes later has until the end of the waiting.
      const grace = setTimeout(abortAll, graceMs)
      await until(() => connections.size === 0, lingerMs)
      await until(() => arrivals.size === 0, graceEnds - performance.now())
      if (arrivals.size === 0) clearTimeout(grace)
      await until(() => connections.size === 0, lingerMs)
      abortAll()
      await until(() => arrivals.size === 0, farewellMs)
      app.server.closeAllConnections()
    },
  }

  function abortAll(): void {
    for (const { abort } of arrivals.list()) abort?.(shuttingDown())
  }
}

/**
 * `http.Server.close` also ends idle keep-alive connections at once, and with them a request that is just being sent
 * there; the listening socket alone is what has to go.
 */
function stopListening({ server }: FastifyInstance): void {
  if (server.listening) NetServer.prototype.close.call(server)
}

function shuttingDown(): GatewayError {
  return new GatewayError('shutting-down', 'The gateway is restarting. Please try again.', { retryAfterSeconds: 1 })
}

function trackConnections({ server }: FastifyInstance): ReadonlySet<Socket> {
  const connections = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
  })
  return connections
}

/** Waits until a condition holds, at most `limitMs`. */
async function until(holds: () => boolean, limitMs: number): Promise<void> {
  const deadline = performance.now() + limitMs
  while (performance.now() < deadline && !holds()) {
    await new Promise((resolve) => setTimeout(resolve, checkMs))
  }
}
