import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Caller, mayUse } from '../chat/caller.ts'
import { describeWord, invalidField } from '../chat/describe-mismatch.ts'
import { GatewayError } from '../chat/gateway-error.ts'
import type { CredentialForm } from '../dialects/dialect.ts'
import { encodeOpenaiError } from '../dialects/openai-error.ts'
import { formatMoney } from '../wire/money.ts'
import { requireKey } from './authenticate.ts'
import { jsonType, tellFailures } from './failures.ts'
import { queryOf } from './spoken-dialect.ts'
import { encodeEntry, encodeGroup, type GroupedBy, type UsageEntry, type UsageGroup } from './usage-json.ts'
import { type AskedSpan, type Cursor, encodeCursor, readCursor, readLimit, readSpan, readText } from './usage-query.ts'

/** What is asked of the ledger here. Both throw where its database is away. */
export interface UsageBook {
  readonly card: {
    readonly currency: string
    readonly version: string
    readonly abandoned: string
    readonly prices: Amounts
    readonly services: ReadonlyMap<string, Amounts>
  }
  entries(query: EntriesAsked): Promise<readonly UsageEntry[]>
  summary(query: SummaryAsked): Promise<AskedSpan & { readonly rows: readonly UsageGroup[] }>
}

/** In micro-units. */
interface Amounts {
  readonly message: number
  readonly promptTokens: number
  readonly cachedTokens: number
  readonly completionTokens: number
  readonly audioMinute: number
  readonly webSearch: number
}

interface EntriesAsked extends AskedSpan {
  readonly keyId: string | undefined
  readonly limit: number
  readonly before: Cursor | undefined
}

interface SummaryAsked extends AskedSpan {
  readonly keyId: string | undefined
  readonly service: string | undefined
  readonly by: GroupedBy
  readonly limit: number
}

export interface UsageRouteParts {
  readonly book: UsageBook
  /** In micro-units; undefined while nobody can say. */
  creditsLeft(keyId: string, granted: number): number | undefined
}

type Query = Readonly<Record<string, unknown>>
/** Whose usage is shown: one key's, or everybody's. */
type WhoseUsage = (request: FastifyRequest) => string | undefined

const credentials: readonly CredentialForm[] = ['bearer', 'x-api-key', 'api-key', 'x-goog-api-key']
const entriesUsual = 100
const entriesMax = 1000
const groupsUsual = 1000
const groupsMax = 10_000
const groupings: readonly string[] = ['hour', 'day', 'key', 'service', 'user'] satisfies GroupedBy[]

export const usageRouteNames = ['/v1/usage', '/v1/usage/summary', '/v1/pricing', '/v1/credits'].map(
  (path) => `GET ${path}`,
)

/** What has been used and what it costs: a key's own, and everybody's for administrators. */
export function usageScope({ book, creditsLeft }: UsageRouteParts): (scope: FastifyInstance) => void {
  async function listEntries(whose: string | undefined, query: Query): Promise<object> {
    const limit = readLimit(query, entriesUsual, entriesMax)
    const asked = { ...readSpan(query, Date.now()), keyId: whose, before: readCursor(query) }
    // One more than is shown tells whether there are more.
    const found = await book.entries({ ...asked, limit: limit + 1 })
    const shown = found.slice(0, limit)
    const last = found.length > limit ? shown.at(-1) : undefined
    const next = last === undefined ? null : encodeCursor({ startedAtMs: last.started_at, id: last.id })
    return { data: shown.map(encodeEntry), next_cursor: next }
  }

  async function summarise(whose: string | undefined, query: Query): Promise<object> {
    const by = readGrouping(query)
    const limit = readLimit(query, groupsUsual, groupsMax)
    const service = readText(query, 'service', 64)
    const asked = { ...readSpan(query, Date.now()), keyId: whose, service, by, limit }
    const { rows, sinceMs, untilMs } = await book.summary(asked)
    const [since, until] = [sinceMs, untilMs].map((timeMs) => new Date(timeMs).toISOString())
    return { by, since, until, currency: book.card.currency, data: rows.map((row) => encodeGroup(by, row)) }
  }

  function addPair(scope: FastifyInstance, path: string, whose: WhoseUsage): void {
    const answer = (read: typeof listEntries) => async (request: FastifyRequest, reply: FastifyReply) => {
      const body = await read(whose(request), queryOf(request.query)).catch(explain)
      return reply.type(jsonType).send(JSON.stringify(body))
    }
    scope.get(path, answer(listEntries))
    scope.get(`${path}/summary`, answer(summarise))
  }

  function tellCredits({ keyId, creditsMicro: granted }: Caller): object {
    const { currency } = book.card
    if (granted === undefined) return { currency, granted: null, spent: null, remaining: null }
    const left = creditsLeft(keyId, granted)
    if (left === undefined) throw cannotTell()
    // What is overdrawn is spent too.
    const remaining = formatMoney(Math.max(0, left))
    return { currency, granted: formatMoney(granted), spent: formatMoney(granted - left), remaining }
  }

  return (scope) => {
    tellFailures(scope, () => encodeOpenaiError)
    // `key` in the query is whose usage is asked for.
    requireKey(scope, () => credentials)
    addPair(scope, '/v1/usage', (request) => callerOf(request).keyId)
    addPair(scope, '/admin/v1/usage', (request) => {
      requireAdmin(callerOf(request))
      return readText(queryOf(request.query), 'key', 256)
    })
    scope.get('/v1/credits', (request, reply) =>
      reply.type(jsonType).send(JSON.stringify(tellCredits(callerOf(request)))),
    )
    scope.get('/v1/pricing', (request, reply) =>
      reply.type(jsonType).send(JSON.stringify(pricing(book.card, callerOf(request)))),
    )
  }
}

function cannotTell(): GatewayError {
  const message = 'What this key has spent cannot be told right now. Please try again shortly.'
  return new GatewayError('overloaded', message, { retryAfterSeconds: 2 })
}

function readGrouping(query: Query): GroupedBy {
  const by = readText(query, 'by', 16) ?? 'day'
  if (!groupings.includes(by)) throw invalidField('by', describeWord(by), `one of ${groupings.join(', ')}`)
  // It is one of them.
  return by as GroupedBy
}

function pricing({ currency, version, abandoned, prices, services }: UsageBook['card'], caller: Caller): object {
  const visible = [...services].filter(([name]) => mayUse(caller, name))
  const own = visible.map(([name, amounts]) => [name, shown(amounts)])
  return { currency, version, ...shown(prices), abandoned, services: Object.fromEntries(own) }
}

function shown(amounts: Amounts): Record<string, string> {
  const { message, promptTokens, cachedTokens, completionTokens, audioMinute, webSearch } = amounts
  const named = { message, promptTokens, cachedTokens, completionTokens, audioMinute, webSearch }
  return Object.fromEntries(Object.entries(named).map(([name, micro]) => [name, formatMoney(micro)]))
}

function callerOf({ arrival: { caller } }: FastifyRequest): Caller {
  if (caller === undefined) throw new GatewayError('missing-key', 'No key was sent.')
  return caller
}

function requireAdmin({ admin }: Caller): void {
  if (!admin) throw new GatewayError('forbidden-service', "Only an administrator's key may see the usage of others.")
}

/** The database may be away: requests are served and recorded all the same. */
function explain(thrown: unknown): never {
  if (thrown instanceof GatewayError) throw thrown
  const message = 'The ledger cannot be read right now. Nothing of it is lost; please try again shortly.'
  throw new GatewayError('overloaded', message, { cause: thrown, retryAfterSeconds: 5 })
}
