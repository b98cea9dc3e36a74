import * as z from 'zod'
import type { KeyAdmin } from '../../chat/key-admin.ts'
import type { ShownKey } from '../../chat/key-shapes.ts'
import { knownFields } from '../../chat/known-fields.ts'
import { type Bounds, type InUse, type LimitsInUse, unused } from '../../chat/limits-in-use.ts'
import { formatMoney, readMoney } from '../../wire/money.ts'
import { type ApiRoute, apiRoute } from './api-route.ts'
import { notFound } from './not-found.ts'
import { pageOf } from './page.ts'

const countSchema = z
  .object({ limit: z.int(), used: z.int(), remaining: z.int() })
  .nullable()
  .describe('Null where there is no such limit.')

const countsSchema = z.object({
  requests_per_minute: countSchema,
  tokens_per_minute: countSchema.describe('What running requests have reserved is used.'),
  tokens_per_day: countSchema,
  concurrent: countSchema,
})

const creditsSchema = z
  .object({ granted: z.string(), spent: z.string().nullable(), remaining: z.string().nullable() })
  .nullable()
  .describe('`spent` and `remaining` are null while nobody can say.')

const keyLimitsSchema = countsSchema.extend({
  key_id: z.string(),
  key: z.string().describe("The key's name."),
  end_user: z.string().nullable().describe('Whose limits these are where a key is shared and each user has them.'),
  credits: creditsSchema,
})

const serviceLimitsSchema = countsSchema.extend({ service: z.string() })

const querySchema = knownFields({
  limit: z.coerce.number().int().min(1).max(1000).default(1000).describe('Keys that are looked at, bounded or not.'),
  cursor: z.string().max(200).optional(),
  key: z.string().max(200).optional().describe("A key's id."),
})

export interface LimitParts {
  readonly keys: KeyAdmin
  inUse(): LimitsInUse
  /** In micro-units; undefined while nobody can say. */
  creditsLeft(keyId: string, granted: number): number | undefined
}

/** `/admin/v1/limits`: every limit there is, and what counts against it in this process. */
export function limitRoutes({ keys, inUse, creditsLeft }: LimitParts): readonly ApiRoute[] {
  function describeKey(key: ShownKey, lately: LimitsInUse['keys']): z.output<typeof keyLimitsSchema>[] {
    const { id: key_id, name } = key
    const limits = boundsOf(key)
    const own = lately.find(({ endUser }) => endUser === null)?.used ?? unused
    const users = lately.flatMap(({ endUser, used }) => (endUser === null || isIdle(used) ? [] : [{ endUser, used }]))
    return [
      { key_id, key: name, end_user: null, ...describeCounts(limits, own), credits: describeCredits(key) },
      ...users.map(({ endUser, used }) => {
        return { key_id, key: name, end_user: endUser, ...describeCounts(limits, used), credits: null }
      }),
    ]
  }

  function describeCredits({ id, credits }: ShownKey): z.output<typeof creditsSchema> {
    const granted = credits === null ? undefined : readMoney(credits)
    if (granted === undefined) return null
    const told = formatMoney(granted)
    const left = creditsLeft(id, granted)
    if (left === undefined) return { granted: told, spent: null, remaining: null }
    return { granted: told, spent: formatMoney(granted - left), remaining: formatMoney(Math.max(0, left)) }
  }

  async function readKeys({ key, ...page }: z.output<typeof querySchema>) {
    if (key === undefined) return keys.list({ ...page, state: 'active' })
    const found = await keys.show(key)
    if (found === undefined) throw notFound('key')
    return { data: [found], next_cursor: null }
  }

  return [
    apiRoute({
      ...{ method: 'GET', url: '/admin/v1/limits', tag: 'limits', needs: 'operator' },
      summary: 'Lists the keys and the services that have limits or credits, and what of them is used now.',
      query: querySchema,
      answer: pageOf(keyLimitsSchema).extend({ services: z.array(serviceLimitsSchema) }),
      async run({ query }) {
        const { data, next_cursor } = await readKeys(query)
        const { keys: lately, services } = inUse()
        const byKey = Map.groupBy(lately, ({ keyId }) => keyId)
        return {
          data: data.filter(isBounded).flatMap((key) => describeKey(key, byKey.get(key.id) ?? [])),
          next_cursor,
          services: services.map(({ service, limits, used }) => ({ service, ...describeCounts(limits, used) })),
        }
      },
    }),
  ]
}

function isBounded({ limits, credits }: ShownKey): boolean {
  return credits !== null || Object.values(limits).some((limit) => limit !== null)
}

function isIdle(used: InUse): boolean {
  return Object.values(used).every((amount) => amount === 0)
}

function boundsOf({ limits }: ShownKey): Bounds {
  return {
    requestsPerMinute: limits.requests_per_minute,
    tokensPerMinute: limits.tokens_per_minute,
    tokensPerDay: limits.tokens_per_day,
    concurrent: limits.concurrent,
  }
}

function describeCounts(limits: Bounds, used: InUse): z.output<typeof countsSchema> {
  return {
    requests_per_minute: describeCount(limits.requestsPerMinute, used.requestsPerMinute),
    tokens_per_minute: describeCount(limits.tokensPerMinute, used.tokensPerMinute),
    tokens_per_day: describeCount(limits.tokensPerDay, used.tokensPerDay),
    concurrent: describeCount(limits.concurrent, used.concurrent),
  }
}

function describeCount(limit: number | null | undefined, amount: number): z.output<typeof countSchema> {
  if (limit == null) return null
  const used = Math.ceil(amount)
  return { limit, used, remaining: Math.max(0, limit - used) }
}
