import { expect, test } from 'vitest'
import { type FailureDetails, type FailureKind, GatewayError } from '../../../src/chat/gateway-error.ts'
import { encodeError } from '../../../src/dialects/anthropic-messages/encode-error.ts'

function told(kind: FailureKind, message = 'No.', details: FailureDetails = {}) {
  const { body, ...rest } = encodeError(new GatewayError(kind, message, details), 'req_1')
  return { ...rest, body: JSON.parse(body) }
}

test.for([
  ['malformed-request', 400, 'invalid_request_error'],
  ['invalid-request', 400, 'invalid_request_error'],
  ['unsupported-field', 400, 'invalid_request_error'],
  ['context-overflow', 400, 'invalid_request_error'],
  ['missing-key', 401, 'authentication_error'],
  ['wrong-key', 401, 'authentication_error'],
  ['forbidden-service', 403, 'permission_error'],
  ['keys-unavailable', 529, 'overloaded_error'],
  ['unknown-model', 404, 'not_found_error'],
  ['unknown-route', 404, 'not_found_error'],
  ['wrong-method', 405, 'invalid_request_error'],
  ['too-large', 413, 'request_too_large'],
  ['unsupported-media-type', 415, 'invalid_request_error'],
  ['rate-limited', 429, 'rate_limit_error'],
  ['out-of-credits', 402, 'billing_error'],
  ['overloaded', 529, 'overloaded_error'],
  ['shutting-down', 529, 'overloaded_error'],
  ['upstream-unavailable', 502, 'api_error'],
  ['upstream-failed', 502, 'api_error'],
  ['timeout', 504, 'timeout_error'],
  ['abandoned', 499, 'api_error'],
  ['internal', 500, 'api_error'],
] as const)('%s is told as %i, %s, with the request’s id', ([kind, status, type]) => {
  const { status: found, headers, body } = told(kind)
  expect(found).toBe(status)
  expect(headers).toMatchObject({ 'request-id': 'req_1' })
  expect(body).toMatchObject({ type: 'error', error: { type }, request_id: 'req_1' })
})

test('a field is spelt as Anthropic does', () => {
  const field = 'messages[0].content[12].text'
  const { body } = told('invalid-request', `\`${field}\`: found nothing, wanted a string.`, { field })
  expect(body.error.message).toBe('`messages.0.content.12.text`: found nothing, wanted a string.')
})

test('an overflow is told in the words that make Claude Code compact, with true numbers', () => {
  const words = (overflow: FailureDetails['overflow']) =>
    told('context-overflow', 'Too long.', overflow === undefined ? {} : { overflow })
  const { body, headers } = words({ promptTokens: 9000, contextWindow: 8192 })
  expect(body.error.message).toBe('prompt is too long: 9000 tokens > 8192 maximum')
  expect(headers).toMatchObject({ 'x-should-retry': 'false' })
  expect(words({ contextWindow: 8192 }).body.error.message).toBe('prompt is too long: over 8192 tokens > 8192 maximum')
  expect(words(undefined).body.error.message).toBe('Too long.')
})

test('an unknown model is named', () => {
  const { body } = told('unknown-model', 'The model `x/y` does not exist or you do not have access to it.')
  expect(body.error.message).toBe('model: x/y')
})

test('how long to wait is told where it is known', () => {
  expect(told('overloaded', 'Full.', { retryAfterSeconds: 3 }).headers).toMatchObject({ 'retry-after': '3' })
  expect(told('overloaded').headers).not.toHaveProperty('retry-after')
})
