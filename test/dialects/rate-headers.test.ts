import { expect, test } from 'vitest'
import { encodeRate } from '../../src/dialects/anthropic-messages/encode-rate.ts'
import { openaiRateHeaders } from '../../src/dialects/openai-rate.ts'

const requests = { limit: 60, remaining: 59, resetMs: 999 }
const tokens = { limit: 1000, remaining: 0, resetMs: 59_001 }

test('OpenAI’s headers say what is left and when all of it is there again', () => {
  expect(openaiRateHeaders({ requests, tokens })).toEqual({
    'x-ratelimit-limit-requests': '60',
    'x-ratelimit-remaining-requests': '59',
    'x-ratelimit-reset-requests': '999ms',
    'x-ratelimit-limit-tokens': '1000',
    'x-ratelimit-remaining-tokens': '0',
    'x-ratelimit-reset-tokens': '1m0s',
  })
})

test('Anthropic’s say it with a time', () => {
  expect(encodeRate({ tokens }, Date.UTC(2026, 0, 1, 12, 0, 0, 500))).toEqual({
    'anthropic-ratelimit-tokens-limit': '1000',
    'anthropic-ratelimit-tokens-remaining': '0',
    'anthropic-ratelimit-tokens-reset': '2026-01-01T12:01:00Z',
  })
})

test('who has no limits is told of none', () => {
  expect(openaiRateHeaders({})).toEqual({})
  expect(encodeRate({}, 0)).toEqual({})
})
