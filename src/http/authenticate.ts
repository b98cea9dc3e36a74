import bearerAuth from '@fastify/bearer-auth'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { FindKey } from '../chat/caller.ts'
import { GatewayError } from '../chat/gateway-error.ts'
import { credentialsFrom } from '../dialects/credentials.ts'
import type { CredentialForm } from '../dialects/dialect.ts'
import { createReadEndUser } from './end-user.ts'
import { queryOf } from './spoken-dialect.ts'
import { throttleFailures } from './throttle-failures.ts'

export interface AuthenticationParts {
  readonly findKey: FindKey
  /** What Open WebUI signs its users with. */
  readonly openWebuiJwtSecret: string | null
  /** From one address; 0 is any number. */
  readonly failedKeysPerMinute: number
}

/** Prepares this scope and those below it for `requireKey`. */
export async function prepareAuthentication(scope: FastifyInstance, parts: AuthenticationParts): Promise<void> {
  const { findKey, openWebuiJwtSecret, failedKeysPerMinute } = parts
  const countFailure = await throttleFailures(scope, failedKeysPerMinute)
  const readEndUser = createReadEndUser(openWebuiJwtSecret)

  /** A promise only where there is something to wait for. */
  function check(key: string, request: FastifyRequest): boolean | Promise<boolean> {
    const verdict = findKey(key)
    if (verdict.outcome === 'unavailable') throw keysUnavailable()
    // One that was good once is no guess.
    if (verdict.outcome === 'refused') {
      return verdict.reason === 'unknown' ? countFailure(request).then(() => false) : false
    }
    const { caller } = verdict
    request.arrival.caller = caller
    const endUser = readEndUser(caller, request.raw.headers)
    if (endUser instanceof Promise) return endUser.then((name) => admit(request, name))
    return admit(request, endUser)
  }

  await scope.register(bearerAuth, {
    addHook: false,
    keys: new Set<string>(),
    specCompliance: 'rfc6749',
    auth: check,
  })
}

/**
 * Requires a key on every route of this scope. A failure reaches the scope's error handler, and so is told in its
 * dialect's words. Throws `missing-key`, `wrong-key`, `rate-limited`, `keys-unavailable`.
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

const allForms = credentialsFrom()

/** Whether the text is a credential of this request, in whatever place it may stand. */
export function isPresented(text: string, request: FastifyRequest): boolean {
  return allForms.some((form) => {
    const key = keyIn(request, form)
    return typeof key === 'string' && key.replace(/^bearer +/i, '') === text
  })
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

function keysUnavailable(): GatewayError {
  const message = 'Keys cannot be checked right now. Please try again shortly.'
  return new GatewayError('keys-unavailable', message, { retryAfterSeconds: 5 })
}

function admit({ arrival }: FastifyRequest, endUser: string | null): true {
  arrival.endUser = endUser
  return true
}
