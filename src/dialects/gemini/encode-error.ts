import type { FailureKind, GatewayError } from '../../chat/gateway-error.ts'
import type { EncodedError } from '../dialect.ts'
import { failureHeaders } from '../failure-headers.ts'

/** Google's code is the HTTP status; `reason` is what its SDKs look for in a refusal. */
interface Row {
  readonly code: number
  readonly status: string
  readonly reason?: string
}

const rows = {
  'malformed-request': { code: 400, status: 'INVALID_ARGUMENT' },
  'invalid-request': { code: 400, status: 'INVALID_ARGUMENT' },
  'unsupported-field': { code: 400, status: 'INVALID_ARGUMENT' },
  'context-overflow': { code: 400, status: 'INVALID_ARGUMENT' },
  'missing-key': { code: 401, status: 'UNAUTHENTICATED', reason: 'CREDENTIALS_MISSING' },
  'wrong-key': { code: 401, status: 'UNAUTHENTICATED', reason: 'API_KEY_INVALID' },
  'forbidden-service': { code: 403, status: 'PERMISSION_DENIED' },
  'keys-unavailable': { code: 503, status: 'UNAVAILABLE' },
  'unknown-model': { code: 404, status: 'NOT_FOUND' },
  'unknown-route': { code: 404, status: 'NOT_FOUND' },
  'wrong-method': { code: 405, status: 'UNIMPLEMENTED' },
  'too-large': { code: 413, status: 'INVALID_ARGUMENT' },
  'unsupported-media-type': { code: 415, status: 'INVALID_ARGUMENT' },
  'rate-limited': { code: 429, status: 'RESOURCE_EXHAUSTED' },
  'out-of-credits': { code: 429, status: 'RESOURCE_EXHAUSTED' },
  overloaded: { code: 503, status: 'UNAVAILABLE' },
  'shutting-down': { code: 503, status: 'UNAVAILABLE' },
  'upstream-unavailable': { code: 503, status: 'UNAVAILABLE' },
  'upstream-failed': { code: 500, status: 'INTERNAL' },
  timeout: { code: 504, status: 'DEADLINE_EXCEEDED' },
  abandoned: { code: 499, status: 'CANCELLED' },
  internal: { code: 500, status: 'INTERNAL' },
} satisfies Record<FailureKind, Row>

const types = 'type.googleapis.com/google.rpc.'

/** The error as `{"error":{code,message,status,details}}`. */
export function geminiErrorBody(error: GatewayError): string {
  const { code, status } = rows[error.kind]
  const details = detailsOf(error)
  const listed = details.length === 0 ? {} : { details }
  return JSON.stringify({ error: { code, message: messageOf(error), status, ...listed } })
}

/** Gemini CLI reads the wait from the message too. */
function messageOf({ kind, message, field, overflow, retryAfterSeconds: wait }: GatewayError): string {
  if (kind === 'context-overflow' && overflow !== undefined) {
    const { contextWindow, promptTokens, promptMax = contextWindow } = overflow
    const counted = promptTokens === undefined ? '' : ` (${promptTokens})`
    const place = placeOf(field) === 'contents' ? '' : `: \`${field}\``
    return `The input token count${counted} exceeds the maximum number of tokens allowed (${promptMax})${place}.`
  }
  return wait === undefined ? message : `${message} Please retry in ${wait}s.`
}

/** Whoever counted the tokens of a conversation does not know how it is spelt here. */
function placeOf(field: string | undefined): string {
  return field === undefined || field === 'messages' ? 'contents' : field
}

function detailsOf({ kind, field, message, retryAfterSeconds: wait }: GatewayError): object[] {
  const { reason }: Row = rows[kind]
  const details: object[] = []
  if (reason !== undefined) details.push({ '@type': `${types}ErrorInfo`, reason, domain: 'googleapis.com' })
  const place = kind === 'context-overflow' ? placeOf(field) : field
  if (place) details.push({ '@type': `${types}BadRequest`, fieldViolations: [{ field: place, description: message }] })
  if (wait !== undefined) details.push({ '@type': `${types}RetryInfo`, retryDelay: `${wait}s` })
  return details
}

export function encodeError(error: GatewayError): EncodedError {
  const { code } = rows[error.kind]
  return { status: code, headers: failureHeaders(error, code), body: geminiErrorBody(error) }
}
