import type { ChatRequest } from '../chat/chat-request.ts'
import { chargeOf, type RateCard } from './rate-card.ts'

/** Tells the most that a request may take before it is known what it took: tokens, and their charge in micro-units. */
export function weighing(card: RateCard, estimatePrompt: (request: ChatRequest) => number) {
  return (request: ChatRequest, service: string): { readonly tokens: number; readonly charge: number } => {
    const promptTokens = estimatePrompt(request)
    const completionTokens = request.max_completion_tokens * (request.n ?? 1)
    const usage = { promptTokens, completionTokens, cachedTokens: 0, reasoningTokens: 0 }
    const prices = card.services.get(service) ?? card.prices
    return {
      tokens: promptTokens + completionTokens,
      charge: chargeOf(prices, { usage, audioMs: 0, webSearches: 0 }, true),
    }
  }
}
