import { expect, test } from 'vitest'
import { type FailureDetails, type FailureKind, GatewayError } from '../../../src/chat/gateway-error.ts'
import { encodeError } from '../../../src/dialects/gemini/encode-error.ts'
import type { Told } from './answer.ts'

function told(kind: FailureKind, details: FailureDetails = {}): { status: number; headers: object; error: Told } {
  const { status, headers, body } = encodeError(new GatewayError(kind, 'Something is wrong.', details))
  const { error, ...rest } = JSON.parse(body)
  expect(rest).toEqual({})
  return { status, headers, error }
}

test.for([
  ['malformed-request', 400, 'INVALID_ARGUMENT'],
  ['invalid-request', 400, 'INVALID_ARGUMENT'],
  ['unsupported-field', 400, 'INVALID_ARGUMENT'],
  ['context-overflow', 400, 'INVALID_ARGUMENT'],
  ['missing-key', 401, 'UNAUTHENTICATED'],
  ['wrong-key', 401, 'UNAUTHENTICATED'],
  ['forbidden-service', 403, 'PERMISSION_DENIED'],
  ['keys-unavailable', 503, 'UNAVAILABLE'],
  ['unknown-model', 404, 'NOT_FOUND'],
  ['unknown-route', 404, 'NOT_FOUND'],
  ['wrong-method', 405, 'UNIMPLEMENTED'],
  ['too-large', 413, 'INVALID_ARGUMENT'],
  ['unsupported-media-type', 415, 'INVALID_ARGUMENT'],
  ['rate-limited', 429, 'RESOURCE_EXHAUSTED'],
  ['out-of-credits', 429, 'RESOURCE_EXHAUSTED'],
  ['overloaded', 503, 'UNAVAILABLE'],
  ['shutting-down', 503, 'UNAVAILABLE'],
  ['upstream-unavailable', 503, 'UNAVAILABLE'],
  ['upstream-failed', 500, 'INTERNAL'],
  ['timeout', 504, 'DEADLINE_EXCEEDED'],
  ['abandoned', 499, 'CANCELLED'],
  ['internal', 500, 'INTERNAL'],
] as const)('%s is %i %s, with the code in the body too', ([kind, status, word]) => {
  const failure = told(kind, { cause: new Error('secret') })
  expect(failure.status).toBe(status)
  expect(failure.error).toMatchObject({ code: status, status: word, message: expect.stringContaining('wrong') })
  expect(JSON.stringify(failure)).not.toContain('secret')
})

test('a wrong key has the detail that Google’s clients look for, and the way to send one', () => {
  const { error, headers } = told('wrong-key')
  expect(error.details).toEqual([
    { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID', domain: 'googleapis.com' },
  ])
  expect(headers).toEqual({ 'www-authenticate': 'Bearer' })
})

test('a wait is told in the header, in the details and in words', () => {
  const { error, headers } = told('rate-limited', { retryAfterSeconds: 34 })
  expect(headers).toEqual({ 'retry-after': '34' })
  expect(error.message).toBe('Something is wrong. Please retry in 34s.')
  expect(error.details).toEqual([{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34s' }])
})

test('the field at fault is a violation by its path', () => {
  expect(told('invalid-request', { field: 'contents[0].parts' }).error.details).toEqual([
    {
      '@type': 'type.googleapis.com/google.rpc.BadRequest',
      fieldViolations: [{ field: 'contents[0].parts', description: 'Something is wrong.' }],
    },
  ])
  expect(told('invalid-request', { field: '' }).error).not.toHaveProperty('details')
})

test('a prompt that is too long is told in Google’s words, with what is known of its length', () => {
  const words = (promptTokens?: number) =>
    told('context-overflow', { overflow: { promptTokens, contextWindow: 8192 } }).error.message
  expect(words(9000)).toBe('The input token count (9000) exceeds the maximum number of tokens allowed (8192).')
  expect(words()).toBe('The input token count exceeds the maximum number of tokens allowed (8192).')
})

test('a prompt that is too long is a violation of `contents`', () => {
  const { details } = told('context-overflow', { field: 'messages', overflow: { contextWindow: 8192 } }).error
  expect(details).toMatchObject([{ fieldViolations: [{ field: 'contents' }] }])
})
