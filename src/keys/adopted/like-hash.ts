/** Of as many hexadecimal digits as SHA-1, SHA-256 and SHA-512 have. */
const hashShape = /^(?:[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})$/i

/** A plain token that may be the hash of another. */
export function looksLikeHash(token: unknown): boolean {
  return hashShape.test(token instanceof Uint8Array ? Buffer.from(token).toString('latin1') : String(token))
}
