import type { RateCount, RateState } from '../../chat/rate.ts'

/** What is left of a caller's limits in Anthropic's headers; `nowMs` is since 1970. */
export function encodeRate({ requests, tokens }: RateState, nowMs: number): Record<string, string> {
  return { ...countHeaders('requests', requests, nowMs), ...countHeaders('tokens', tokens, nowMs) }
}

function countHeaders(what: string, count: RateCount | undefined, nowMs: number): Record<string, string> {
  if (count === undefined) return {}
  // To the second, and never before it is so.
  const reset = new Date(Math.ceil((nowMs + count.resetMs) / 1000) * 1000)
  return {
    [`anthropic-ratelimit-${what}-limit`]: String(count.limit),
    [`anthropic-ratelimit-${what}-remaining`]: String(count.remaining),
    [`anthropic-ratelimit-${what}-reset`]: reset.toISOString().replace('.000Z', 'Z'),
  }
}
