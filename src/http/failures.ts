import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { GatewayError } from '../chat/gateway-error.ts'
import type { EncodeError, SpokenDialect } from '../dialects/dialect.ts'
import { answerBesideBody } from './rest-of-body.ts'

/** A dialect's words for failures, with what is left of the limits where these refused. */
export function failureWords({
  encodeError,
  encodeRate,
}: {
  readonly encodeError: EncodeError
  readonly encodeRate?: SpokenDialect['encodeRate']
}): EncodeError {
  return (failure, requestId) => {
    const encoded = encodeError(failure, requestId)
    if (failure.rate === undefined || encodeRate === undefined) return encoded
    return { ...encoded, headers: { ...encoded.headers, ...encodeRate(failure.rate, Date.now()) } }
  }
}

/** Tells every failure of this scope in the words of the dialect that was spoken. */
export function tellFailures(scope: FastifyInstance, wordsFor: (request: FastifyRequest) => EncodeError): void {
  scope.setErrorHandler((thrown: FastifyError, request, reply) => {
    sendFailure(failureOf(thrown, scope.initialConfig.bodyLimit ?? 0), wordsFor(request), request, reply)
  })
}

export function sendFailure(
  failure: GatewayError,
  encodeError: EncodeError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  request.arrival.failure = failure
  const { status, headers, body } = encodeError(failure, request.arrival.id)
  // Fastify ends the connection of a body that it has not read to its end, and the answer would be lost.
  reply.code(status).headers(headers).header('content-type', jsonType).removeHeader('connection')
  answerBesideBody(request.raw, reply.raw.shouldKeepAlive, () => reply.send(body))
}

export const jsonType = 'application/json; charset=utf-8'

/** Fastify's own errors as ours. */
function failureOf(thrown: FastifyError, bodyMax: number): GatewayError {
  switch (thrown.code) {
    case 'FST_BEARER_AUTH_INVALID_AUTHORIZATION_HEADER':
    case 'FST_BEARER_AUTH_MISSING_AUTHORIZATION_HEADER':
      return new GatewayError('wrong-key', 'The key is wrong, has expired or has been revoked.')
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new GatewayError('too-large', `The body is larger than ${bodyMax} bytes.`)
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new GatewayError('unsupported-media-type', 'Send the body as `Content-Type: application/json`.')
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new GatewayError('malformed-request', 'The body is empty; a JSON object is wanted.')
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new GatewayError('malformed-request', 'The body has another length than `Content-Length` says.')
    default:
      return isRefusal(thrown)
        ? new GatewayError('malformed-request', 'The request could not be read.')
        : GatewayError.from(thrown)
  }
}

/** Fastify's other words for a request that is not in order, such as an upload that broke off. */
function isRefusal(thrown: FastifyError): boolean {
  return (
    !(thrown instanceof GatewayError) &&
    thrown.statusCode !== undefined &&
    thrown.statusCode >= 400 &&
    thrown.statusCode < 500
  )
}
