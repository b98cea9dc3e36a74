import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Writable } from 'node:stream'
import type { FastifyRequest, FastifyServerOptions } from 'fastify'
import { GatewayError } from '../chat/gateway-error.ts'
import type { SpokenDialect } from '../dialects/dialect.ts'
import { encodeOpenaiError } from '../dialects/openai-error.ts'
import type { Arrivals } from './arrival.ts'
import { jsonType, sendFailure } from './failures.ts'
import { createRequestIds } from './request-id.ts'
import { headersMs, type RequestTimes } from './request-times.ts'
import { isAnswered } from './rest-of-body.ts'

interface ServerWants extends Pick<RequestTimes, 'longestMs'> {
  readonly bodyMaxBytes: number
  readonly trustProxy: boolean
  readonly spokenBy: (request: FastifyRequest) => SpokenDialect
}

/** What a server that faces strangers needs set, and what clients' spellings need. */
export function serverOptions(
  { bodyMaxBytes, trustProxy, longestMs, spokenBy }: ServerWants,
  arrivals: Arrivals,
): FastifyServerOptions<Server> & { http: object } {
  return {
    bodyLimit: bodyMaxBytes,
    // One proxy, so that the last address in `X-Forwarded-For` counts: those before it are the client's own words.
    trustProxy: trustProxy && ((_address: string, hop: number) => hop === 0),
    requestTimeout: longestMs,
    keepAliveTimeout: 75_000,
    // While closing, requests on open connections are still served; the drain says `Connection: close`.
    return503OnClosing: false,
    forceCloseConnections: false,
    schemaController: noSchemas,
    // Our own ids and our own line a request.
    genReqId: () => '',
    requestIdHeader: false,
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: 1024 },
    // An address that cannot be decoded: no hook has run. Fastify's error repeats it, and a key may stand in its query.
    frameworkErrors: (_error, request, reply) => {
      arrivals.begin(request, reply)
      const failure = new GatewayError('malformed-request', 'The address is not well-formed.')
      sendFailure(failure, spokenBy(request).encodeError, request, reply)
    },
    http: {
      // A client whose machine is gone is noticed.
      keepAlive: true,
      keepAliveInitialDelay: 30_000,
      connectionsCheckingInterval: 2000,
      maxHeaderSize: 16_384,
      headersTimeout: headersMs,
      // Node would answer without a body: `refuseOddRequests` does it in our form.
      requireHostHeader: false,
    },
  }
}

/** No route has schemas of Fastify's: the compilers for them, Ajv among them, would take a tenth of every start to load. */
const noSchemas = { compilersFactory: { buildValidator: refuseSchemas, buildSerializer: refuseSchemas } }

function refuseSchemas(): never {
  throw new Error('Routes of this server are checked by zod, not by schemas of Fastify.')
}

/** What never reaches a route, such as bytes that are no HTTP, gets an answer of the same form, and the connection ends. */
export function answerBrokenRequests(server: Server): void {
  const nextId = createRequestIds()
  server.maxHeadersCount = 100
  // Node would answer 417 without a body: `refuseOddRequests` tells in our form.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
  // Node would close the connection without a word.
  server.on('connect', (_request, socket) => {
    socket.on('error', () => socket.destroy())
    const { body } = encodeOpenaiError(
      new GatewayError('wrong-method', '`CONNECT` is no method here: this is no proxy.'),
    )
    endWith(socket, ['405 Method Not Allowed', `x-request-id: ${nextId()}`, 'allow: '], body)
  })
  server.removeAllListeners('clientError')
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (!socket.writable || error.code === 'ECONNRESET' || isAnswered(socket)) {
      socket.destroy()
      return
    }
    const { status, body } = encodeOpenaiError(failureOf(error))
    endWith(socket, [statusOf(error, status), `x-request-id: ${nextId()}`], body)
  })
}

function endWith(socket: Writable, [status, ...more]: readonly [string, ...string[]], body: string): void {
  const length = `content-length: ${Buffer.byteLength(body)}`
  const lines = [`HTTP/1.1 ${status}`, 'connection: close', `content-type: ${jsonType}`, ...more, length]
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`)
}

function failureOf(error: NodeJS.ErrnoException): GatewayError {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new GatewayError('malformed-request', 'The request was not sent in time.')
  }
  if (error.code === 'HPE_HEADER_OVERFLOW') return new GatewayError('too-large', 'The headers are too large.')
  return new GatewayError('malformed-request', 'This is not a well-formed HTTP request.')
}

function statusOf(error: NodeJS.ErrnoException, status: number): string {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return '408 Request Timeout'
  return status === 413 ? '431 Request Header Fields Too Large' : `${status} Bad Request`
}
