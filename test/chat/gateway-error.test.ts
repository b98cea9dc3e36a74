import { expect, test } from 'vitest'
import { GatewayError } from '../../src/chat/gateway-error.ts'

test('leaves a failure of the house as it is', () => {
  const failure = new GatewayError('timeout', 'Too long.')
  expect(GatewayError.from(failure)).toBe(failure)
})

test('turns what nobody foresaw into an internal failure that keeps it from the caller', () => {
  for (const thrown of [new Error('SELECT secret'), 'SELECT secret', undefined]) {
    const failure = GatewayError.from(thrown)
    expect(failure).toMatchObject({ kind: 'internal', field: undefined, retryAfterSeconds: undefined })
    expect(failure.cause).toBe(thrown)
    expect(failure.message).not.toContain('secret')
  }
})
