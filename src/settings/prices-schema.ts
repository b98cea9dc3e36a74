import { readMoney } from '../wire/money.ts'
import { mayBeEmpty, section } from './section.ts'
import { oneOf, textOf, written } from './written.ts'

/** In micro-units: a millionth of the currency's unit. */
const priceMax = 1_000_000_000_000

const price = written('an amount from 0 to 1000000 with at most six decimals, such as 0.03', (raw) => {
  const micro = readMoney(raw)
  return micro !== undefined && micro <= priceMax ? micro : undefined
})

const version = written('a name or a number of 1 to 64 characters without spaces', (raw) =>
  /^[!-~]{1,64}$/.test(String(raw)) ? String(raw) : undefined,
)

/** `cachedTokens: null` is the price of other prompt tokens. */
export const pricesSchema = mayBeEmpty(
  {},
  section({
    currency: textOf('a currency of 1 to 16 letters, such as EUR', /^[A-Za-z]{1,16}$/).default('EUR'),
    version: version.prefault('1'),
    message: price.prefault(0),
    promptTokens: price.prefault(0),
    cachedTokens: price.nullable().default(null),
    completionTokens: price.prefault(0),
    audioMinute: price.prefault(0),
    webSearch: price.prefault(0),
    abandoned: oneOf(['tokens', 'nothing']).default('tokens'),
  }),
)

/** What a service has of its own; null is what the card says. */
export const servicePricesSchema = mayBeEmpty(
  {},
  section({
    message: price.nullable().default(null),
    promptTokens: price.nullable().default(null),
    cachedTokens: price.nullable().default(null),
    completionTokens: price.nullable().default(null),
    audioMinute: price.nullable().default(null),
    webSearch: price.nullable().default(null),
  }),
)
