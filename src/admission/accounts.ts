import type { InUse } from '../chat/limits-in-use.ts'
import { createSlidingWindow, type SlidingWindow } from './sliding-window.ts'

/** One whose use is counted: a key, a person behind it, or a service. */
export interface Account {
  readonly owner: Owner
  readonly requests: SlidingWindow
  readonly tokens: SlidingWindow
  readonly day: SlidingWindow
  /** Counts of tokens by the minute; most never ask for one. */
  counts: SlidingWindow | undefined
  running: number
}

type Owner = { readonly keyId: string; readonly endUser: string | null } | { readonly service: string }

export interface Accounts {
  readonly all: Iterable<Account>
  ofKey(keyId: string, endUser: string | null | undefined): Account
  ofService(name: string): Account
}

const minuteMs = 60_000
const dayMs = 86_400_000
/** A minute slides second by second, a day five minutes at a time. */
const minuteSteps = 60
const daySteps = 288

/** Beyond so many accounts, those that have not been used for a day are forgotten. */
const accountsKept = 10_000

/** Accounts are opened when they are first asked for. */
export function createAccounts(now: () => number): Accounts {
  const accounts = new Map<string, Account>()

  function find(name: string, owner: Owner): Account {
    const known = accounts.get(name)
    if (known !== undefined) return known
    if (accounts.size >= accountsKept) forgetIdle()
    const account = openAccount(owner)
    accounts.set(name, account)
    return account
  }

  function forgetIdle(): void {
    const at = now()
    for (const [name, { day, requests, counts, running }] of accounts) {
      const used = day.total(at) + requests.total(at) + (counts?.total(at) ?? 0)
      if (running === 0 && used === 0) accounts.delete(name)
    }
  }

  return {
    all: { [Symbol.iterator]: () => accounts.values() },
    ofKey: (keyId, endUser = null) =>
      find(endUser === null ? `key ${keyId}` : `key ${keyId} ${endUser}`, { keyId, endUser }),
    ofService: (service) => find(`service ${service}`, { service }),
  }
}

function openAccount(owner: Owner): Account {
  return {
    owner,
    requests: createSlidingWindow(minuteMs, minuteSteps),
    tokens: createSlidingWindow(minuteMs, minuteSteps),
    day: createSlidingWindow(dayMs, daySteps),
    counts: undefined,
    running: 0,
  }
}

export function countsOf(account: Account): SlidingWindow {
  account.counts ??= createSlidingWindow(minuteMs, minuteSteps)
  return account.counts
}

export function readAccount({ requests, tokens, day, running }: Account, now: number): InUse {
  return {
    requestsPerMinute: requests.total(now),
    tokensPerMinute: tokens.total(now),
    tokensPerDay: day.total(now),
    concurrent: running,
  }
}
