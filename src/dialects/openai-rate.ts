import type { RateCount, RateState } from '../chat/rate.ts'

/** What is left of a caller's limits in OpenAI's headers, which other vendors' users know too. */
export function openaiRateHeaders({ requests, tokens }: RateState): Record<string, string> {
  return { ...countHeaders('requests', requests), ...countHeaders('tokens', tokens) }
}

function countHeaders(what: string, count: RateCount | undefined): Record<string, string> {
  if (count === undefined) return {}
  return {
    [`x-ratelimit-limit-${what}`]: String(count.limit),
    [`x-ratelimit-remaining-${what}`]: String(count.remaining),
    [`x-ratelimit-reset-${what}`]: span(count.resetMs),
  }
}

/** As OpenAI writes it: `350ms`, `1s`, `6m0s`. */
function span(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.ceil(milliseconds)}ms`
  const seconds = Math.ceil(milliseconds / 1000)
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`
}
