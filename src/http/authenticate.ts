import bearerAuth from '@fastify/bearer-auth'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { FindKey } from '../chat/caller.ts'
import { GatewayError } from '../chat/gateway-error.ts'
import type { CredentialForm } from '../dialects/dialect.ts'
import { queryOf } from './spoken-dialect.ts'

/** Prepares this scope and those below it for `requireKey`. */
export async function prepareAuthentication(scope: FastifyInstance, findKey: FindKey): Promise<void> {
  await scope.register(bearerAuth, {
    addHook: false,
    keys: new Set<string>(),
    specCompliance: 'rfc6749',
    auth: (key: string, request: FastifyRequest) => checkKey(findKey, key, request),
  })
}

/**
 * Requires a key on every route of this scope. A failure reaches the scope's error handler, and so is told in its
 * dialect's words. Throws `missing-key`, `wrong-key`, `keys-unavailable`.
 */
export function requireKey(
  scope: FastifyInstance,
  formsOf: (request: FastifyRequest) => readonly CredentialForm[],
): void {
  const { verifyBearerAuth } = scope
  if (verifyBearerAuth === undefined) throw new Error('@fastify/bearer-auth did not register.')
  scope.addHook('onRequest', (request, _reply, done) => done(presentAsBearer(request, formsOf(request))))
  scope.addHook('onRequest', verifyBearerAuth)
}

/** Clients spell credentials in several ways; the checker reads only `Authorization: Bearer`. */
function presentAsBearer(request: FastifyRequest, forms: readonly CredentialForm[]): GatewayError | undefined {
  for (const form of forms) {
    const key = keyIn(request, form)
    if (typeof key !== 'string' || key === '') continue
    if (form !== 'bearer') request.raw.headers.authorization = `Bearer ${key}`
    return undefined
  }
  return new GatewayError('missing-key', 'No key was sent. Send it as `Authorization: Bearer <key>`.')
}

function keyIn({ raw: { headers }, query }: FastifyRequest, form: CredentialForm): unknown {
  switch (form) {
    case 'bearer':
      return /^bearer +\S/i.test(headers.authorization ?? '') ? headers.authorization : undefined
    case 'query-key':
      return queryOf(query)['key']
    default:
      return headers[form]
  }
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
