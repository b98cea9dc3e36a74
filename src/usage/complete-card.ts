import type { AbandonedPolicy, Prices, RateCard } from './rate-card.ts'

type Amounts = { readonly [Name in keyof Prices]: number | null }

/** What this room asks of the settings: amounts in micro-units. */
export interface PriceSettings {
  readonly prices: Omit<Prices, 'cachedTokens'> & {
    readonly currency: string
    readonly version: string
    readonly cachedTokens: number | null
    readonly abandoned: AbandonedPolicy
  }
  readonly services: readonly { readonly name: string; readonly prices: Amounts }[]
}

/** The rate card with what is left open filled in. */
export function completeCard({ prices: card, services }: PriceSettings): RateCard {
  const { currency, version, abandoned } = card
  const own = services.filter(({ prices }) => Object.values(prices).some((amount) => amount !== null))
  return {
    currency,
    version,
    abandoned,
    prices: complete(card, card),
    services: new Map(own.map(({ name, prices }) => [name, complete(prices, card)])),
  }
}

/** A service with a price of its own for prompts has it for cached ones too, unless somebody says otherwise. */
function complete(own: Amounts, card: PriceSettings['prices']): Prices {
  const promptTokens = own.promptTokens ?? card.promptTokens
  return {
    message: own.message ?? card.message,
    promptTokens,
    cachedTokens: own.cachedTokens ?? card.cachedTokens ?? promptTokens,
    completionTokens: own.completionTokens ?? card.completionTokens,
    audioMinute: own.audioMinute ?? card.audioMinute,
    webSearch: own.webSearch ?? card.webSearch,
  }
}
