import type { Clues } from '../dialect.ts'

/** Anthropic's clients name a version of its API; other clients of theirs hold the key in a header of its own. */
export function claims({ headers }: Clues): boolean {
  if (headers['anthropic-version'] !== undefined || headers['anthropic-beta'] !== undefined) return true
  return headers['x-api-key'] !== undefined && headers['x-goog-api-client'] === undefined
}
