import bearerAuth from '@fastify/bearer-auth'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { FindKey } from '../chat/caller.ts'
import { GatewayError } from '../chat/gateway-error.ts'

/**
 * Requires a key on every route of this scope. A failure reaches the scope's error handler, and so is told in its
 * dialect's words. Throws `missing-key`, `wrong-key`, `keys-unavailable`.
 */
export async function requireKey(scope: FastifyInstance, findKey: FindKey): Promise<void> {
  scope.addHook('onRequest', (request, _reply, done) => done(presentAsBearer(request)))
  await scope.register(bearerAuth, {
    addHook: false,
    keys: new Set<string>(),
    specCompliance: 'rfc6749',
    auth: (key: string, request: FastifyRequest) => checkKey(findKey, key, request),
  })
  const { verifyBearerAuth } = scope
  if (verifyBearerAuth === undefined) throw new Error('@fastify/bearer-auth did not register.')
  scope.addHook('onRequest', verifyBearerAuth)
}

/** Clients spell credentials in several ways; the checker reads only `Authorization: Bearer`. */
function presentAsBearer(request: FastifyRequest): GatewayError | undefined {
  const { headers } = request.raw
  if (/^bearer +\S/i.test(headers.authorization ?? '')) return undefined
  const other = headers['x-api-key'] ?? headers['api-key'] ?? headers['x-goog-api-key'] ?? keyInQuery(request.query)
  if (typeof other !== 'string' || other === '') {
    return new GatewayError('missing-key', 'No key was sent. Send it as `Authorization: Bearer <key>`.')
  }
  headers.authorization = `Bearer ${other}`
  return undefined
}

function keyInQuery(query: unknown): unknown {
  return typeof query === 'object' && query !== null && 'key' in query ? query.key : undefined
}

function checkKey(findKey: FindKey, key: string, request: FastifyRequest): boolean {
  const verdict = findKey(key)
  if (verdict.outcome === 'unavailable') {
    const message = 'Keys cannot be checked right now. Please try again shortly.'
    throw new GatewayError('keys-unavailable', message, { retryAfterSeconds: 5 })
  }
  if (verdict.outcome === 'refused') return false
  request.arrival.caller = verdict.caller
  return true
}
