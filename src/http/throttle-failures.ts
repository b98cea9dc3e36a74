import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { GatewayError } from '../chat/gateway-error.ts'

/** Counts a wrong key. Rejects with `rate-limited` where its address sent too many. */
export type CountFailure = (request: FastifyRequest) => Promise<void>

/**
 * Counts wrong keys by the address that they come from, an IPv6 address by its /64. Only wrong keys are ever counted and
 * refused: a valid one passes, whoever else is behind its address. The addresses that are remembered are bounded.
 */
export async function throttleFailures(scope: FastifyInstance, failuresPerMinute: number): Promise<CountFailure> {
  if (failuresPerMinute === 0) return async () => undefined
  await scope.register(rateLimit, { global: false, max: failuresPerMinute, timeWindow: 60_000 })
  const count = scope.createRateLimit()
  return async (request) => {
    const counted = await count(request)
    if (counted.isAllowed || !counted.isExceeded) return
    const message = 'Too many wrong keys came from this address; this one is wrong too.'
    throw new GatewayError('rate-limited', message, { retryAfterSeconds: counted.ttlInSeconds })
  }
}
