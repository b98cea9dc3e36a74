import { hash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { toBase62 } from './base62.ts'

/**
 * Our keys: `vgw_`, 43 characters of base 62 that hold 256 random bits, and 6 more with the CRC-32 of all before them.
 * The checksum is no secret: it tells a key that was cut or mistyped from one that is wrong.
 */
const prefix = 'vgw_'
const randomLength = 43
const checksumLength = 6
const shape = /^vgw_[0-9A-Za-z]{49}$/

/** No longer credential is looked at; signed tokens of applications, which hold claims, take a few thousand. */
export const credentialMax = 4096

export function createKey(): string {
  const body = prefix + toBase62(BigInt(`0x${randomBytes(32).toString('hex')}`), randomLength)
  return body + checksumOf(body)
}

/** False for what bears our prefix and can yet be no key of ours; says nothing of other credentials. */
export function looksLikeKey(presented: string): boolean {
  if (!presented.startsWith(prefix)) return true
  if (!shape.test(presented)) return false
  return checksumOf(presented.slice(0, -checksumLength)) === presented.slice(-checksumLength)
}

/** What a client can put into a header, which loses outer spaces, and no more of it than is worth hashing. */
export function isPresentable(credential: string): boolean {
  return credential.length <= credentialMax && /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(credential)
}

export type HashAlgorithm = 'sha256' | 'sha512'

/** In lower-case hexadecimal. Keys hold 256 random bits, so that a slow hash would slow down nobody but us. */
export function hashKey(key: string, algorithm: HashAlgorithm = 'sha256'): string {
  return hash(algorithm, key, 'hex')
}

/** The end of a key, by which people tell their keys apart. */
export function hintOf(key: string): string {
  return key.slice(-4)
}

function checksumOf(text: string): string {
  return toBase62(BigInt(crc32(text)), checksumLength)
}
