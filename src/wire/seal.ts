import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

const cipher = 'aes-256-gcm'
const versionByte = 1
const nonceLength = 12
const tagLength = 16
/** Longer tokens are not looked at, in characters; a whole context of reasoning fits. */
const tokenMax = 1_048_576

/**
 * Closes text into tokens that only the holder of the secret opens, for the same owner: AES-256-GCM under a key of its own,
 * with the owner as what is authenticated beside the text.
 */
export function createSeal(secret: Uint8Array): {
  close(text: string, owner: string): string
  open(token: string, owner: string): string | undefined
} {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'vllm-gateway seal v1', 32))
  return {
    close(text, owner) {
      const nonce = randomBytes(nonceLength)
      const closing = createCipheriv(cipher, key, nonce)
      closing.setAAD(Buffer.from(owner))
      const body = Buffer.concat([closing.update(text, 'utf8'), closing.final()])
      return Buffer.concat([Buffer.of(versionByte), nonce, body, closing.getAuthTag()]).toString('base64url')
    },
    open(token, owner) {
      if (token.length > tokenMax || !/^[\w-]+$/.test(token)) return undefined
      const bytes = Buffer.from(token, 'base64url')
      if (bytes[0] !== versionByte || bytes.length < 1 + nonceLength + tagLength) return undefined
      const opening = createDecipheriv(cipher, key, bytes.subarray(1, 1 + nonceLength))
      opening.setAAD(Buffer.from(owner))
      opening.setAuthTag(bytes.subarray(-tagLength))
      try {
        const text = opening.update(bytes.subarray(1 + nonceLength, -tagLength))
        return Buffer.concat([text, opening.final()]).toString('utf8')
      } catch {
        return undefined
      }
    },
  }
}
