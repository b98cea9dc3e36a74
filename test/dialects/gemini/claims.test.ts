import { expect, test } from 'vitest'
import { claims } from '../../../src/dialects/gemini/claims.ts'

test.for([
  [true, '/v1/models', {}, { 'x-goog-api-key': 'k' }],
  [true, '/v1/models', {}, { 'x-goog-api-client': 'google-genai-sdk/3.1.0' }],
  [true, '/v1/models', { key: 'k' }, {}],
  [true, '/v1beta/models', {}, { authorization: 'Bearer k' }],
  [true, '/gemma4/v1alpha/models/x', {}, {}],
  [true, '/v1beta//models', {}, {}],
  [false, '/v1/models', {}, { authorization: 'Bearer k' }],
  [false, '/v1beta/openai/models', {}, {}],
  [false, '/v1beta/openai', {}, {}],
  [false, '/v1betamax/models', {}, {}],
] as const)('%s: %s with the query %j and the headers %j', ([wanted, address, query, headers]) => {
  expect(claims({ address, query, headers })).toBe(wanted)
})
