import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { completeCard } from '../../src/usage/complete-card.ts'
import { chargeOf, countMax } from '../../src/usage/rate-card.ts'
import { cardOf, freePrices } from '../support/test-entry.ts'

const noTokens = { promptTokens: 0, cachedTokens: 0, completionTokens: 0, reasoningTokens: 0 }
const nothing = { usage: noTokens, audioMs: 0, webSearches: 0 }

describe('a charge', () => {
  test('has the message once, and tokens by the million', () => {
    const prices = { ...freePrices, message: 30_000, promptTokens: 1_500_000, completionTokens: 2_000_000 }
    const usage = { ...noTokens, promptTokens: 1000, completionTokens: 500 }
    expect(chargeOf(prices, { ...nothing, usage }, true)).toBe(30_000 + 1500 + 1000)
    expect(chargeOf(prices, { ...nothing, usage }, false)).toBe(1500 + 1000)
  })

  test('tells cached tokens of the prompt from the others', () => {
    const prices = { ...freePrices, promptTokens: 1_000_000, cachedTokens: 100_000 }
    const usage = { ...noTokens, promptTokens: 1000, cachedTokens: 900 }
    expect(chargeOf(prices, { ...nothing, usage }, false)).toBe(100 + 90)
  })

  test('counts audio by the millisecond and searches by the piece', () => {
    const prices = { ...freePrices, audioMinute: 600_000, webSearch: 10_000 }
    expect(chargeOf(prices, { ...nothing, audioMs: 1500, webSearches: 3 }, false)).toBe(15_000 + 30_000)
  })

  test('is rounded once, half up', () => {
    const prices = { ...freePrices, promptTokens: 250_000, completionTokens: 250_000 }
    const charge = (promptTokens: number, completionTokens: number) =>
      chargeOf(prices, { ...nothing, usage: { ...noTokens, promptTokens, completionTokens } }, false)
    expect([charge(1, 0), charge(1, 1), charge(2, 1), charge(3, 3)]).toEqual([0, 1, 1, 2])
  })

  const price = fc.integer({ min: 0, max: 1_000_000_000_000 })
  const count = fc.integer({ min: 0, max: countMax })
  const anyPrices = fc.record({
    message: price,
    promptTokens: price,
    cachedTokens: price,
    completionTokens: price,
    audioMinute: price,
    webSearch: price,
  })

  test('is exact to half a micro-unit, and never more than a number holds exactly', () => {
    const used = fc.record({ promptTokens: count, cachedTokens: count, completionTokens: count })
    fc.assert(
      fc.property(
        anyPrices,
        used,
        fc.integer({ min: 0, max: 1_920_000 }),
        fc.boolean(),
        (prices, tokens, audioMs, paid) => {
          const cachedTokens = Math.min(tokens.cachedTokens, tokens.promptTokens)
          const usage = { ...noTokens, ...tokens, cachedTokens }
          const charge = chargeOf(prices, { usage, audioMs, webSearches: 3 }, paid)
          const exact =
            (BigInt(tokens.promptTokens - cachedTokens) * BigInt(prices.promptTokens) +
              BigInt(cachedTokens) * BigInt(prices.cachedTokens) +
              BigInt(tokens.completionTokens) * BigInt(prices.completionTokens)) *
              60_000n +
            BigInt(audioMs) * BigInt(prices.audioMinute) * 1_000_000n
          const variable = BigInt(charge - (paid ? prices.message : 0) - 3 * prices.webSearch)
          const error = variable * 60_000_000_000n - exact
          expect(Number.isSafeInteger(charge)).toBe(true)
          expect(error * 2n <= 60_000_000_000n && error * 2n > -60_000_000_000n).toBe(true)
        },
      ),
    )
  })
})

describe('the card', () => {
  const settings = {
    prices: {
      ...freePrices,
      currency: 'EUR',
      version: '2',
      abandoned: 'tokens' as const,
      cachedTokens: null,
      promptTokens: 7,
    },
    services: [],
  }
  const own = {
    message: null,
    promptTokens: null,
    cachedTokens: null,
    completionTokens: null,
    audioMinute: null,
    webSearch: null,
  }

  test('has the price of prompts for cached ones where nobody says otherwise', () => {
    expect(completeCard(settings).prices.cachedTokens).toBe(7)
    const services = [{ name: 'qwen', prices: { ...own, promptTokens: 9 } }]
    expect(completeCard({ ...settings, services }).services.get('qwen')).toMatchObject({
      promptTokens: 9,
      cachedTokens: 9,
    })
  })

  test('lists only services that have a price of their own', () => {
    const services = [
      { name: 'gemma4', prices: own },
      { name: 'qwen', prices: { ...own, message: 0 } },
    ]
    expect([...completeCard({ ...settings, services }).services.keys()]).toEqual(['qwen'])
    expect(cardOf().services.size).toBe(0)
  })
})
