import type { FailureKind, GatewayError, Overflow } from '../../chat/gateway-error.ts'
import type { EncodedError } from '../dialect.ts'
import { failureHeaders } from '../failure-headers.ts'

/** `retry` is what `x-should-retry` says; it beats the status in SDKs. */
interface Row {
  readonly status: number
  readonly type: string
  readonly retry?: false
}

const invalid = 'invalid_request_error'
const overloaded = { status: 529, type: 'overloaded_error' } as const

const rows = {
  'malformed-request': { status: 400, type: invalid },
  'invalid-request': { status: 400, type: invalid },
  'unsupported-field': { status: 400, type: invalid },
  'context-overflow': { status: 400, type: invalid, retry: false },
  'missing-key': { status: 401, type: 'authentication_error', retry: false },
  'wrong-key': { status: 401, type: 'authentication_error', retry: false },
  'forbidden-service': { status: 403, type: 'permission_error', retry: false },
  'keys-unavailable': overloaded,
  'unknown-model': { status: 404, type: 'not_found_error' },
  'unknown-route': { status: 404, type: 'not_found_error' },
  'wrong-method': { status: 405, type: invalid },
  'too-large': { status: 413, type: 'request_too_large' },
  'unsupported-media-type': { status: 415, type: invalid },
  'rate-limited': { status: 429, type: 'rate_limit_error' },
  'out-of-credits': { status: 402, type: 'billing_error', retry: false },
  overloaded,
  'shutting-down': overloaded,
  'upstream-unavailable': { status: 502, type: 'api_error' },
  'upstream-failed': { status: 502, type: 'api_error' },
  timeout: { status: 504, type: 'timeout_error' },
  abandoned: { status: 499, type: 'api_error' },
  internal: { status: 500, type: 'api_error' },
} satisfies Record<FailureKind, Row>

export function messageErrorBody(error: GatewayError, requestId: string): string {
  const told = { type: rows[error.kind].type, message: messageOf(error) }
  return JSON.stringify({ type: 'error', error: told, request_id: requestId })
}

/** The failures that clients know by their very words, and fields as Anthropic spells their places: `messages.0.content`. */
function messageOf({ kind, message, field, overflow }: GatewayError): string {
  if (kind === 'unknown-model') return `model: ${/`(.+?)`/.exec(message)?.[1] ?? 'unknown'}`
  if (kind === 'context-overflow' && overflow !== undefined) return overflowWords(overflow)
  return field ? message.replaceAll(field, dotted(field)) : message
}

/** Claude Code makes its conversation shorter when it reads these words and two numbers, the first of which is larger. */
function overflowWords({ promptTokens, contextWindow, promptMax = contextWindow }: Overflow): string {
  const counted = promptTokens === undefined ? `over ${contextWindow}` : String(promptTokens)
  return `prompt is too long: ${counted} tokens > ${promptMax} maximum`
}

function dotted(field: string): string {
  return field.replaceAll(/\[(\d+)\]/g, '.$1')
}

export function encodeError(error: GatewayError, requestId: string): EncodedError {
  const { status, retry }: Row = rows[error.kind]
  // Also where no route was reached, which would set it.
  const headers = { 'request-id': requestId, ...failureHeaders(error, status) }
  if (retry !== undefined) Object.assign(headers, { 'x-should-retry': String(retry) })
  return { status, headers, body: messageErrorBody(error, requestId) }
}
