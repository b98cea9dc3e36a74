import type { Visit } from '../chat/visit.ts'
import { chargeOf, type RateCard } from './rate-card.ts'

/** The most that a request may take before it is known what it took. */
export interface Demand {
  readonly promptTokens: number
  readonly completionTokens: number
}

/** Tells the most that a request may take: tokens, and their charge in micro-units. */
export function weighing<Wanted>(card: RateCard, demandOf: (request: Wanted) => Demand) {
  return (request: Wanted, { service, entry }: Visit): { readonly tokens: number; readonly charge: number } => {
    const { promptTokens, completionTokens } = demandOf(request)
    const usage = { promptTokens, completionTokens, cachedTokens: 0, reasoningTokens: 0 }
    const prices = card.services.get(service) ?? card.prices
    return {
      tokens: promptTokens + completionTokens,
      charge: chargeOf(prices, { usage, audioMs: Math.round(entry.audioSeconds * 1000), webSearches: 0 }, true),
    }
  }
}
