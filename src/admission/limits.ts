import { GatewayError } from '../chat/gateway-error.ts'
import type { Bounds, LimitsInUse } from '../chat/limits-in-use.ts'
import type { RateCount, RateState } from '../chat/rate.ts'
import type { Hold, Visit } from '../chat/visit.ts'
import { type Account, countsOf, createAccounts, readAccount } from './accounts.ts'
import type { SlidingWindow } from './sliding-window.ts'

export interface LimitsParts {
  /** Milliseconds of any clock that does not go back. */
  now(): number
  /** By the service's name; a service that is not there has none. */
  readonly services: ReadonlyMap<string, Bounds>
}

/** A request that is let in. */
export interface Permit {
  rate(): RateState
  /** Ends it, once: the tokens that were reserved become those that were used. */
  settle(tokensUsed: number): void
  /** In its place: it counts as if it had never come. */
  cancel(): void
}

/** What was used before this process began. */
export interface EarlierUse {
  readonly keyId: string
  readonly endUser: string | null
  readonly service: string
  /** Whether it still counts for limits by the minute, which is then one request; else for those by the day. */
  readonly counts: 'minute' | 'day'
  readonly tokens: number
  /** How long ago. */
  readonly agoMs: number
}

export interface Limits {
  /** False where nothing bounds a request. */
  concern(visit: Pick<Visit, 'caller' | 'service'>): boolean
  /** Lets a request in, and reserves its tokens, or throws `rate-limited` with the wait until it could be let in. */
  enter(visit: Pick<Visit, 'caller' | 'service' | 'endUser'>, tokensReserved: number): Permit
  /**
   * Counts a request as running from before its body is taken in, for its key alone: whose service it asks for is not known
   * yet. Undefined where nothing bounds the key. Throws `rate-limited`.
   */
  hold(visit: Pick<Visit, 'caller' | 'endUser'>): Hold | undefined
  /**
   * Lets a count of a prompt's tokens in, of which there may be as many a minute as of requests, beside them. Throws
   * `rate-limited`.
   */
  enterCount(visit: Pick<Visit, 'caller' | 'service' | 'endUser'>): void
  /** Takes up what was used before a restart, so that a limit does not begin anew with it. */
  restore(uses: Iterable<EarlierUse>): void
  /** What counts at this moment. */
  inUse(): LimitsInUse
}

interface Bounded {
  readonly account: Account
  readonly limits: Bounds
  /** As in "for this key". */
  readonly whose: string
}

/** Limits by the minute, by the day and at once, for keys and for services. Who has none is not counted. */
export function createLimits({ now, services }: LimitsParts): Limits {
  const accounts = createAccounts()
  const bounding = new Map([...services].filter(([, limits]) => Object.values(limits).some((limit) => limit != null)))

  function boundedByKey({ caller, endUser }: Parameters<Limits['hold']>[0]): Bounded | undefined {
    if (caller.limits === undefined) return undefined
    const whose = endUser == null ? 'for this key' : 'for this user'
    return { account: accounts.ofKey(caller.keyId, endUser), limits: caller.limits, whose }
  }

  function boundedByService(service: string): Bounded | undefined {
    const limits = bounding.get(service)
    return limits && { account: accounts.ofService(service), limits, whose: 'for everybody' }
  }

  function boundedBy(visit: Parameters<Limits['enter']>[0]): Bounded[] {
    return [boundedByKey(visit), boundedByService(visit.service)].filter((bounded) => bounded !== undefined)
  }

  /** Whoever is refused is told what is left of the limits, as those who are let in are. */
  function refuse(refusal: Refusal | undefined, bounded: readonly Bounded[]): void {
    if (refusal !== undefined) throw limited(refusal, describeRate(bounded, now()))
  }

  return {
    concern: ({ caller, service }) => caller.limits !== undefined || bounding.has(service),
    enter(visit, tokensReserved) {
      const bounded = boundedBy(visit)
      const at = now()
      for (const one of bounded) refuse(refusalBeyond(one, at, tokensReserved), bounded)
      for (const { account } of bounded) take(account, at, tokensReserved)
      let isOpen = true
      function end(tokensUsed: number, requestsUsed: number): void {
        if (!isOpen) return
        isOpen = false
        const difference = { tokens: tokensUsed - tokensReserved, requests: requestsUsed - 1 }
        for (const { account } of bounded) giveBack(account, at, now(), difference)
      }
      return {
        rate: () => describeRate(bounded, now()),
        settle: (tokensUsed) => end(tokensUsed, 1),
        cancel: () => end(0, 0),
      }
    },
    hold(visit) {
      const bounded = boundedByKey(visit)
      if (bounded === undefined) return undefined
      refuse(refusalNow(bounded), [bounded])
      const { account } = bounded
      account.running++
      let isHeld = true
      return {
        release() {
          if (isHeld) account.running--
          isHeld = false
        },
      }
    },
    enterCount(visit) {
      const at = now()
      const bounded = boundedBy(visit).filter(({ limits }) => limits.requestsPerMinute != null)
      for (const { account, limits, whose } of bounded) {
        const bound = { at, amount: 1, limit: limits.requestsPerMinute, what: 'count of tokens a minute', whose }
        refuse(refusalOf(countsOf(account), bound), bounded)
      }
      for (const { account } of bounded) countsOf(account).add(at, 1)
    },
    restore(uses) {
      for (const use of uses) {
        for (const account of [accounts.ofKey(use.keyId, use.endUser), accounts.ofService(use.service)]) {
          addEarlier(account, use, now())
        }
      }
    },
    inUse() {
      const at = now()
      const keys = [...accounts.all].flatMap((account) =>
        'keyId' in account.owner ? [{ ...account.owner, used: readAccount(account, at) }] : [],
      )
      const services = [...bounding].map(([service, limits]) => {
        return { service, limits, used: readAccount(accounts.ofService(service), at) }
      })
      return { keys, services }
    },
  }
}

function take(account: Account, at: number, tokens: number): void {
  account.running++
  account.requests.add(at, 1)
  account.tokens.add(at, tokens)
  account.day.add(at, tokens)
}

interface Difference {
  readonly tokens: number
  readonly requests: number
}

function giveBack(account: Account, addedAt: number, now: number, { tokens, requests }: Difference): void {
  account.running--
  account.tokens.correct(addedAt, now, tokens)
  account.day.correct(addedAt, now, tokens)
  account.requests.correct(addedAt, now, requests)
}

function addEarlier({ requests, tokens, day }: Account, use: EarlierUse, now: number): void {
  const at = now - use.agoMs
  if (use.counts === 'day') {
    day.correct(at, now, use.tokens)
    return
  }
  requests.correct(at, now, 1)
  tokens.correct(at, now, use.tokens)
}

/** A limit that is reached. */
interface Refusal {
  readonly limit: number
  /** What there may be so many of, such as `request a minute`. */
  readonly what: string
  readonly whose: string
  readonly waitMs: number
}

/** When one of the running ones ends, nobody knows. */
const concurrentWaitMs = 1000

function refusalNow({ account, limits: { concurrent }, whose }: Bounded): Refusal | undefined {
  if (concurrent == null || account.running < concurrent) return undefined
  return { limit: concurrent, what: 'request at once', whose, waitMs: concurrentWaitMs }
}

function refusalBeyond(bounded: Bounded, at: number, tokens: number): Refusal | undefined {
  const { account, limits, whose } = bounded
  const { requestsPerMinute, tokensPerMinute, tokensPerDay } = limits
  return (
    refusalNow(bounded) ??
    refusalOf(account.requests, { at, amount: 1, limit: requestsPerMinute, what: 'request a minute', whose }) ??
    refusalOf(account.tokens, { at, amount: tokens, limit: tokensPerMinute, what: 'token a minute', whose }) ??
    refusalOf(account.day, { at, amount: tokens, limit: tokensPerDay, what: 'token a day', whose })
  )
}

interface WindowBound extends Pick<Refusal, 'what' | 'whose'> {
  readonly at: number
  readonly amount: number
  readonly limit: number | null | undefined
}

function refusalOf(window: SlidingWindow, { at, amount, limit, what, whose }: WindowBound): Refusal | undefined {
  if (limit == null) return undefined
  // One that is larger than the limit is let in where nothing else was: otherwise it never could be.
  const waitMs = window.waitFor(at, Math.min(amount, limit), limit)
  return waitMs > 0 ? { limit, what, whose, waitMs } : undefined
}

function limited({ limit, what, whose, waitMs }: Refusal, rate: RateState): GatewayError {
  const counted = limit === 1 ? what : what.replace(/^\w+/, '$&s')
  const message = `The limit of ${limit} ${counted} ${whose} is reached.`
  return new GatewayError('rate-limited', message, { retryAfterSeconds: Math.ceil(waitMs / 1000), rate })
}

function describeRate(bounded: readonly Bounded[], now: number): RateState {
  const requests = bounded.map(({ account, limits }) => countOf(account.requests, limits.requestsPerMinute, now))
  const tokens = bounded.map(({ account, limits }) => countOf(account.tokens, limits.tokensPerMinute, now))
  return { requests: tightest(requests), tokens: tightest(tokens) }
}

function countOf(window: SlidingWindow, limit: number | null | undefined, now: number): RateCount | undefined {
  if (limit == null) return undefined
  return { limit, remaining: Math.max(0, Math.floor(limit - window.total(now))), resetMs: window.emptyIn(now) }
}

function tightest(counts: readonly (RateCount | undefined)[]): RateCount | undefined {
  const known = counts.filter((count) => count !== undefined)
  return known.toSorted((left, right) => left.remaining - right.remaining)[0]
}
