import { hashKey, isPresentable } from '../key-format.ts'
import type { TokenEncoding } from './adopted-table.ts'

export type TokenProblem = 'no-token' | 'no-text' | 'no-hash' | 'not-presentable'

/**
 * The hash, in lower-case hexadecimal, that a presented key must have to be this row's. Bytes are compared in our own
 * memory, never by the database: its collations hold `ABC` and `abc ` for equal, and `0` and any text.
 */
export function decodeToken(
  value: unknown,
  encoding: TokenEncoding,
  isPadded = false,
): { hash: string } | { problem: TokenProblem } {
  if (value === null || value === undefined || value === '') return { problem: 'no-token' }
  if (typeof value !== 'string' && !(value instanceof Uint8Array)) return { problem: 'no-text' }
  const text = spell(value, isPadded)
  if (text === '') return { problem: 'no-token' }
  if (encoding === 'plain') return isPresentable(text) ? { hash: hashKey(text) } : { problem: 'not-presentable' }
  const { shape, bytes, spelling } = hashForms[encoding]
  if (shape.test(text)) return { hash: Buffer.from(text, spelling).toString('hex') }
  // Binary columns may hold the bare hash.
  if (typeof value !== 'string' && value.length === bytes) return { hash: Buffer.from(value).toString('hex') }
  return { problem: 'no-hash' }
}

/** Columns of a fixed length have NULs after what is shorter. A bare hash may end in them, and is not spelt here. */
function spell(value: string | Uint8Array, isPadded: boolean): string {
  const text = typeof value === 'string' ? value : Buffer.from(value).toString('latin1')
  return isPadded ? text.replace(/\0+$/, '') : text
}

const hashForms = {
  sha256: { shape: /^[0-9a-f]{64}$/i, bytes: 32, spelling: 'hex' },
  'sha256-base64': { shape: /^[A-Za-z0-9+/_-]{43}=?$/, bytes: 32, spelling: 'base64' },
  sha512: { shape: /^[0-9a-f]{128}$/i, bytes: 64, spelling: 'hex' },
} as const
