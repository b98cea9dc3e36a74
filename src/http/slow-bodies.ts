import type { FastifyContextConfig, FastifyInstance, FastifyRequest } from 'fastify'
import type { RequestTimes } from './request-times.ts'
import { hasBody } from './rest-of-body.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** True for routes that take files, which may be longer on their way than other bodies. */
    upload?: boolean
  }
}

/**
 * A server has one limit for how long requests may be on their way. Where uploads need a longer one than other bodies, those
 * are cut by their own: whoever sends a byte now and then is not waited for.
 */
export function cutSlowBodies(app: FastifyInstance, { bodyMs, longestMs }: RequestTimes): void {
  if (longestMs <= bodyMs) return
  app.addHook('onRequest', (request, _reply, done) => {
    if (hasBody(request.raw) && !isUpload(request.routeOptions.config)) cutAfter(request, bodyMs, app)
    done()
  })
}

function isUpload({ upload }: FastifyContextConfig): boolean {
  return upload === true
}

/** Told as Node tells of its own limit. */
function cutAfter({ raw }: FastifyRequest, limitMs: number, app: FastifyInstance): void {
  const timer = setTimeout(() => {
    if (raw.complete || raw.destroyed) return
    const late = Object.assign(new Error('The request was not sent in time.'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' })
    app.server.emit('clientError', late, raw.socket)
  }, limitMs)
  timer.unref()
  raw.once('close', () => clearTimeout(timer))
}
