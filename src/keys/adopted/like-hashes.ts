import type { TableRow } from './decode-permissions.ts'
import { labelOf } from './decode-row.ts'
import type { FoundProblem } from './row-problems.ts'

/** Of as many hexadecimal digits as SHA-1, SHA-256 and SHA-512 have. */
const hashShape = /^(?:[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})$/i
const hashShareMin = 0.9

/** Plain tokens that may be hashes of others, where nearly all tokens are such: single ones are chance. */
export function findLikeHashes(rows: readonly TableRow[]): FoundProblem[] {
  const filled = rows.filter(({ token }) => token !== null && token !== '')
  const alike = filled.filter(({ token }) => hashShape.test(textOf(token)))
  if (alike.length === 0 || alike.length < filled.length * hashShareMin) return []
  return alike.map((row) => ({ problem: 'like-hash', row: labelOf(row) }))
}

function textOf(token: unknown): string {
  return token instanceof Uint8Array ? Buffer.from(token).toString('latin1') : String(token)
}
