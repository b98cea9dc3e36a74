import { createHmac } from 'node:crypto'

export const jwtSecret = 'what Open WebUI and the gateway both know'

export interface Signing {
  readonly secret?: string
  readonly alg?: string
}

/** A token as Open WebUI makes it, of somebody for five minutes; a claim that is undefined is left out. */
export function signUser(claims: object, { secret = jwtSecret, alg = 'HS256' }: Signing = {}): string {
  const now = Math.floor(Date.now() / 1000)
  const payload = { sub: 'ada', iss: 'open-webui', iat: now, exp: now + 300, ...claims }
  const signed = [{ alg, typ: 'JWT' }, payload].map((part) => encode(JSON.stringify(part))).join('.')
  const signature = createHmac(alg === 'HS512' ? 'sha512' : 'sha256', secret).update(signed)
  return `${signed}.${alg === 'none' ? '' : signature.digest('base64url')}`
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64url')
}
