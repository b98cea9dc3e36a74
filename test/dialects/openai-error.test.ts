import { describe, expect, test } from 'vitest'
import { type FailureDetails, type FailureKind, GatewayError } from '../../src/chat/gateway-error.ts'
import { encodeOpenaiError } from '../../src/dialects/openai-error.ts'

/** The owner's contract, which SDKs act on. */
const contract: Record<FailureKind, readonly [status: number, type: string, code: string]> = {
  'malformed-request': [400, 'invalid_request_error', 'malformed_request'],
  'invalid-request': [422, 'invalid_request_error', 'invalid_value'],
  'unsupported-field': [400, 'invalid_request_error', 'unsupported_parameter'],
  'context-overflow': [400, 'invalid_request_error', 'context_length_exceeded'],
  'missing-key': [401, 'invalid_request_error', 'invalid_api_key'],
  'wrong-key': [403, 'invalid_request_error', 'invalid_api_key'],
  'forbidden-service': [403, 'invalid_request_error', 'permission_denied'],
  'keys-unavailable': [503, 'server_error', 'server_overloaded'],
  'unknown-model': [404, 'invalid_request_error', 'model_not_found'],
  'unknown-route': [404, 'invalid_request_error', 'unknown_url'],
  'wrong-method': [405, 'invalid_request_error', 'method_not_allowed'],
  'too-large': [413, 'invalid_request_error', 'request_too_large'],
  'unsupported-media-type': [415, 'invalid_request_error', 'unsupported_media_type'],
  'rate-limited': [429, 'rate_limit_error', 'rate_limit_exceeded'],
  'out-of-credits': [429, 'insufficient_quota', 'insufficient_quota'],
  overloaded: [503, 'server_error', 'server_overloaded'],
  'shutting-down': [503, 'server_error', 'server_overloaded'],
  'upstream-unavailable': [502, 'server_error', 'upstream_unavailable'],
  'upstream-failed': [502, 'server_error', 'upstream_failed'],
  timeout: [504, 'server_error', 'timeout'],
  abandoned: [499, 'server_error', 'client_closed_request'],
  internal: [500, 'server_error', 'internal_error'],
}
// The table above has every kind, and nothing else, or it does not compile.
const kinds = Object.entries(contract) as [FailureKind, (typeof contract)[FailureKind]][]

function encoded(kind: FailureKind, details: FailureDetails = {}) {
  return encodeOpenaiError(new GatewayError(kind, 'One sentence.', details))
}

test.each(kinds)('%s has its status, type and code, and the four fields that SDKs read', (kind, row) => {
  const [status, type, code] = row
  const { body, ...rest } = encoded(kind)
  expect(rest.status).toBe(status)
  expect(JSON.parse(body)).toEqual({ error: { message: 'One sentence.', type, param: null, code } })
})

test('the field at fault is told as the parameter, the whole body as none', () => {
  expect(JSON.parse(encoded('invalid-request', { field: 'messages[0].content' }).body).error.param).toBe(
    'messages[0].content',
  )
  expect(JSON.parse(encoded('invalid-request', { field: '' }).body).error.param).toBeNull()
})

test('the cause is never told', () => {
  const { body, headers } = encoded('internal', { cause: new Error('secret') })
  expect(body + JSON.stringify(headers)).not.toContain('secret')
})

describe('the headers', () => {
  test('tell when to ask again, where that is known', () => {
    expect(encoded('overloaded', { retryAfterSeconds: 5 }).headers).toEqual({ 'retry-after': '5' })
    expect(encoded('overloaded').headers).toEqual({})
  })

  test('keep SDKs from asking again where that is of no use', () => {
    const pointless = kinds
      .filter(([kind]) => encoded(kind).headers['x-should-retry'] === 'false')
      .map(([kind]) => kind)
    expect(pointless).toEqual(['context-overflow', 'missing-key', 'wrong-key', 'forbidden-service', 'out-of-credits'])
    expect(kinds.filter(([kind]) => encoded(kind).headers['x-should-retry'] === 'true')).toEqual([])
  })

  test('say how to identify oneself, on a 401 alone', () => {
    const asking = kinds.filter(([kind]) => 'www-authenticate' in encoded(kind).headers).map(([kind]) => kind)
    expect(asking).toEqual(['missing-key'])
  })
})
