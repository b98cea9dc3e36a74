import type { TokenUsage } from '../chat/chat-event.ts'

/** What a service costs, in whole micro-units of the card's currency; tokens by the million. */
export interface Prices {
  /** Once for a message that was answered well. */
  readonly message: number
  /** Of tokens that did not come from the prefix cache. */
  readonly promptTokens: number
  readonly cachedTokens: number
  readonly completionTokens: number
  readonly audioMinute: number
  readonly webSearch: number
}

/** Everything that is charged, and under which version it is recorded. */
export interface RateCard {
  readonly currency: string
  readonly version: string
  readonly abandoned: AbandonedPolicy
  readonly prices: Prices
  /** The prices of services that have their own. */
  readonly services: ReadonlyMap<string, Prices>
}

/** What an answer costs that its client did not wait for: the tokens that were spent, or nothing. */
export type AbandonedPolicy = 'tokens' | 'nothing'

/** What was used. */
export interface Consumption {
  readonly usage: TokenUsage
  readonly audioMs: number
  readonly webSearches: number
}

/** No count is larger than this: with prices of at most 10^12 micro-units no charge leaves what a number holds exactly. */
export const countMax = 1_000_000_000

const million = 1_000_000n
const minuteMs = 60_000n

/**
 * The charge in micro-units, rounded once, half up. The sums are BigInt because a count times a price does not fit into
 * a number.
 */
export function chargeOf(prices: Prices, used: Consumption, withMessage: boolean): number {
  const { promptTokens, cachedTokens, completionTokens } = used.usage
  const tokens =
    costOf(Math.max(0, promptTokens - cachedTokens), prices.promptTokens) +
    costOf(Math.min(cachedTokens, promptTokens), prices.cachedTokens) +
    costOf(completionTokens, prices.completionTokens)
  const audio = costOf(used.audioMs, prices.audioMinute)
  const fixed = (withMessage ? prices.message : 0) + used.webSearches * prices.webSearch
  if (tokens === 0n && audio === 0n) return fixed
  // Over the common denominator of both, so that nothing is rounded twice.
  const parts = tokens * minuteMs + audio * million
  const denominator = million * minuteMs
  return fixed + Number((parts * 2n + denominator) / (denominator * 2n))
}

function costOf(count: number, price: number): bigint {
  return count === 0 || price === 0 ? 0n : BigInt(Math.min(count, countMax)) * BigInt(price)
}
