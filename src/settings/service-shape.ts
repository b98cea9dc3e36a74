import * as z from 'zod'
import { duration } from './duration.ts'
import type { MisfitDetails } from './misfit-details.ts'
import { servicePricesSchema } from './prices-schema.ts'
import { apiKeySchema, secretFileSchema } from './secret-schemas.ts'
import { mayBeEmpty, section } from './section.ts'
import { upstreamUrlSchema } from './upstream-url.ts'
import { oneOf, textOf, wholeNumber } from './written.ts'

export const tokensMax = 10_000_000

const timeoutsSchema = section({
  connect: duration('10ms', '5m').prefault('5s'),
  firstEvent: duration('10ms', '24h').prefault('120s'),
  idle: duration('10ms', '24h').prefault('60s'),
  total: duration('10ms', '24h').prefault('30m'),
}).transform(({ connect, firstEvent, idle, total }) => {
  return { connectMs: connect, firstEventMs: firstEvent, idleMs: idle, totalMs: total }
})

/** For all keys together; null is none. */
const limitsSchema = section({
  requestsPerMinute: wholeNumber(1, tokensMax).nullable().default(null),
  tokensPerMinute: wholeNumber(1, tokensMax).nullable().default(null),
  tokensPerDay: wholeNumber(1, 1_000_000_000_000).nullable().default(null),
  concurrent: wholeNumber(1, 10_000).nullable().default(null),
})

const upstreamsWanted = 'a list of 1 to 64 URLs, each once'
const upstreamsSchema = z
  .array(upstreamUrlSchema, { error: upstreamsWanted })
  .min(1, { error: upstreamsWanted })
  .max(64, { error: upstreamsWanted })
  .check(z.superRefine(refuseTwins, { when: ({ value }) => Array.isArray(value) }))

/** Two may be written differently and be the same, so that both are named. What is no URL is told anyway. */
function refuseTwins(urls: readonly unknown[], context: z.RefinementCtx): void {
  urls.forEach((url, index) => {
    const first = urls.indexOf(url)
    if (typeof url !== 'string' || first === index) return
    const params: MisfitDetails = { found: `${url}, which is upstreams[${first}] already` }
    context.addIssue({ code: 'custom', path: [index], message: 'each server once', params })
  })
}

const alias = textOf('a name or a pattern with *, of 1 to 200 characters without spaces', /^[!-~]{1,200}$/)
const model = textOf('null or a name of 1 to 200 characters without spaces', /^[!-~]{1,200}$/)

/** What is usual for a kind of service. */
export interface UsualService<Servers extends readonly string[]> {
  readonly upstream: string
  /** What may be behind it; the first is taken where nothing is said. */
  readonly servers: Servers
  readonly places: number
  readonly queue: number
  readonly balance: 'prefix' | 'least-busy'
}

/** What services of every kind have; the name is not among it, because only the first of all has one by itself. */
export function serviceShape<const Servers extends readonly string[]>(usual: UsualService<Servers>) {
  const [first] = usual.servers
  if (first === undefined) throw new Error('A kind of service has at least one kind of server.')
  return {
    server: oneOf(usual.servers).default(first as z.util.NoUndefined<Servers[number]>),
    upstreams: upstreamsSchema.default([usual.upstream]),
    balance: oneOf(['prefix', 'least-busy']).default(usual.balance),
    apiKey: apiKeySchema,
    apiKeyFile: secretFileSchema,
    model: model.nullable().default(null),
    aliases: z.array(alias, { error: 'a list of names and patterns' }).optional(),
    places: wholeNumber(1, 10_000).default(usual.places),
    queue: wholeNumber(0, 100_000).default(usual.queue),
    timeouts: mayBeEmpty({}, timeoutsSchema),
    limits: mayBeEmpty({}, limitsSchema),
    prices: servicePricesSchema,
  }
}
