import type { Entry, Opening } from '../../src/chat/visit.ts'
import { type EntryKeeper, openEntry } from '../../src/usage/entry.ts'
import type { Prices, RateCard } from '../../src/usage/rate-card.ts'

export const opening: Opening = {
  id: 'req_1',
  keyId: 'key_1',
  keyName: 'tests',
  endUser: null,
  service: 'gemma4',
  dialect: 'openai-chat',
  route: '/v1/chat/completions',
  streamed: true,
  startedAtMs: 1_790_000_000_000,
  images: 0,
  audioSeconds: 0,
}

export const freePrices: Prices = {
  message: 0,
  promptTokens: 0,
  cachedTokens: 0,
  completionTokens: 0,
  audioMinute: 0,
  webSearch: 0,
}

export function cardOf(prices: Partial<Prices> = {}, rest: Partial<RateCard> = {}): RateCard {
  const all = { ...freePrices, ...prices }
  return { currency: 'EUR', version: '1', abandoned: 'tokens', prices: all, services: new Map(), ...rest }
}

/** An entry that is kept nowhere. */
export function openTestEntry(now: () => number, rest: Partial<EntryKeeper> = {}): Entry {
  return openEntry(opening, { now, card: cardOf(), admit: () => undefined, keep: () => undefined, ...rest })
}
