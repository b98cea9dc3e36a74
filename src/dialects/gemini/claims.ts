import type { Clues } from '../dialect.ts'

/** Google's clients name themselves or their key in ways that no others do, and ask below versions that no others have. */
export function claims({ address, query, headers }: Clues): boolean {
  if (headers['x-goog-api-key'] !== undefined || headers['x-goog-api-client'] !== undefined) return true
  if (query['key'] !== undefined) return true
  return /\/v1(?:beta|alpha)\/+(?!openai(?:\/|$))/.test(address)
}
