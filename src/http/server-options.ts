import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyServerOptions } from 'fastify'
import { GatewayError } from '../chat/gateway-error.ts'
import { encodeOpenaiError } from '../dialects/openai-error.ts'
import { sendFailure } from './failures.ts'
import { createRequestIds } from './request-id.ts'

/** A client must have sent its whole request by then; 32 MiB need 18 Mbit/s. */
const requestTimeoutMs = 15_000

/** What a server that faces strangers needs set, and what clients' spellings need. */
export function serverOptions(bodyMaxBytes: number): FastifyServerOptions<Server> & { http: object } {
  return {
    bodyLimit: bodyMaxBytes,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: 75_000,
    // While closing, requests on open connections are still served; the drain says `Connection: close`.
    return503OnClosing: false,
    forceCloseConnections: false,
    // Our own ids and our own line a request.
    genReqId: () => '',
    requestIdHeader: false,
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: 1024 },
    frameworkErrors: (error, request, reply) => {
      sendFailure(
        new GatewayError('malformed-request', 'The address is not well-formed.', { cause: error }),
        encodeOpenaiError,
        request,
        reply,
      )
    },
    http: { connectionsCheckingInterval: 2000, maxHeaderSize: 16_384, headersTimeout: requestTimeoutMs },
  }
}

/** Bytes that are no HTTP never reach a route: they get an answer of the same form, and the connection ends. */
export function answerBrokenRequests(server: Server): void {
  const nextId = createRequestIds()
  server.maxHeadersCount = 100
  server.removeAllListeners('clientError')
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy()
      return
    }
    const { status, body } = encodeOpenaiError(failureOf(error))
    const head = `HTTP/1.1 ${statusOf(error, status)}\r\nconnection: close\r\ncontent-type: application/json; charset=utf-8\r\n`
    socket.end(`${head}x-request-id: ${nextId()}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  })
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
