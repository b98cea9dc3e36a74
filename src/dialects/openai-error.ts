import type { FailureKind, GatewayError } from '../chat/gateway-error.ts'
import type { EncodedError } from './dialect.ts'
import { failureHeaders } from './failure-headers.ts'

/** How OpenAI's family of dialects tells a failure. `retry` is what `x-should-retry` says; it beats the status in SDKs. */
interface Row {
  readonly status: number
  readonly type: string
  readonly code: string | null
  readonly retry?: boolean
}

const invalid = 'invalid_request_error'
const server = 'server_error'

const rows = {
  'malformed-request': { status: 400, type: invalid, code: 'malformed_request' },
  'invalid-request': { status: 422, type: invalid, code: 'invalid_value' },
  'unsupported-field': { status: 400, type: invalid, code: 'unsupported_parameter' },
  'context-overflow': { status: 400, type: invalid, code: 'context_length_exceeded', retry: false },
  'missing-key': { status: 401, type: invalid, code: 'invalid_api_key', retry: false },
  'wrong-key': { status: 403, type: invalid, code: 'invalid_api_key', retry: false },
  'forbidden-service': { status: 403, type: invalid, code: 'permission_denied', retry: false },
  'keys-unavailable': { status: 503, type: server, code: 'server_overloaded' },
  'unknown-model': { status: 404, type: invalid, code: 'model_not_found' },
  'unknown-route': { status: 404, type: invalid, code: 'unknown_url' },
  'wrong-method': { status: 405, type: invalid, code: 'method_not_allowed' },
  'too-large': { status: 413, type: invalid, code: 'request_too_large' },
  'unsupported-media-type': { status: 415, type: invalid, code: 'unsupported_media_type' },
  'rate-limited': { status: 429, type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  'out-of-credits': { status: 429, type: 'insufficient_quota', code: 'insufficient_quota', retry: false },
  overloaded: { status: 503, type: server, code: 'server_overloaded' },
  'shutting-down': { status: 503, type: server, code: 'server_overloaded' },
  'upstream-unavailable': { status: 502, type: server, code: 'upstream_unavailable' },
  'upstream-failed': { status: 502, type: server, code: 'upstream_failed' },
  timeout: { status: 504, type: server, code: 'timeout' },
  abandoned: { status: 499, type: server, code: 'client_closed_request' },
  internal: { status: 500, type: server, code: 'internal_error' },
} satisfies Record<FailureKind, Row>

export interface OpenaiError {
  readonly message: string
  readonly type: string
  readonly param: string | null
  readonly code: string | null
}

export function openaiErrorOf({ kind, message, field }: GatewayError): OpenaiError {
  const { type, code } = rows[kind]
  return { message, type, param: field || null, code }
}

/** The error as `{"error":{message,type,param,code}}`, which every OpenAI SDK raises on. */
export function openaiErrorBody(error: GatewayError): string {
  return JSON.stringify({ error: openaiErrorOf(error) })
}

export function encodeOpenaiError(error: GatewayError): EncodedError {
  const row: Row = rows[error.kind]
  const headers = failureHeaders(error, row.status)
  if (row.retry !== undefined) headers['x-should-retry'] = String(row.retry)
  return { status: row.status, headers, body: openaiErrorBody(error) }
}
