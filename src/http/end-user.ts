import { createSecretKey, type KeyObject } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Caller } from '../chat/caller.ts'
import { GatewayError } from '../chat/gateway-error.ts'

/**
 * Who is behind a key that several share, as far as the key is trusted to say so; null where nobody is named. Only keys
 * whose users are signed have to be waited for. Throws or rejects with `wrong-key` where a signature is not good.
 */
export type ReadEndUser = (caller: Caller, headers: IncomingHttpHeaders) => string | null | Promise<string | null>

const tokenHeader = 'x-openwebui-user-jwt'
/** Of the clocks of two machines. */
const driftSeconds = 5
const lengthMax = 200

/** Reads the users that Open WebUI names. Of its headers only the name, which is nobody's identity, is percent-encoded. */
export function createReadEndUser(jwtSecret: string | null): ReadEndUser {
  const secret = jwtSecret === null ? undefined : createSecretKey(jwtSecret, 'utf8')
  return ({ trustEndUser }, headers) => {
    switch (trustEndUser) {
      case undefined:
        return null
      case 'headers':
        return readName(headers['x-openwebui-user-id']) ?? readName(headers['x-openwebui-user-email'])
      case 'jwt':
        return readToken(headers[tokenHeader], secret)
      default:
        return trustEndUser satisfies never
    }
  }
}

function readToken(token: string | string[] | undefined, secret: KeyObject | undefined) {
  if (typeof token !== 'string' || token === '') return null
  if (secret === undefined) throw refusal('cannot be checked, because the gateway has no secret for it')
  return verify(token, secret)
}

async function verify(token: string, secret: KeyObject): Promise<string> {
  // Loaded where users are signed, and nowhere else.
  const { jwtVerify } = await import('jose')
  const { payload } = await jwtVerify(token, secret, {
    algorithms: ['HS256'],
    issuer: 'open-webui',
    requiredClaims: ['exp'],
    clockTolerance: driftSeconds,
  }).catch((cause: unknown) => {
    throw refusal('is not valid, or has expired', cause)
  })
  const name = readName(payload.sub) ?? readName(payload['email'])
  if (name === null) throw refusal('names nobody')
  return name
}

function refusal(what: string, cause?: unknown): GatewayError {
  return new GatewayError('wrong-key', `The token in \`X-OpenWebUI-User-Jwt\` ${what}.`, { cause })
}

/** A name goes to reports and terminals: it has a bounded length, and nothing in it that is not seen. */
function readName(value: unknown): string | null {
  if (typeof value !== 'string') return null
  return value.slice(0, lengthMax).replaceAll(/\p{C}/gu, '').trim() || null
}
