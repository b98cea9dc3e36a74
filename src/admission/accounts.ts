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

/** About 20 MB of them. */
const usualPeopleMax = 20_000

/**
 * Accounts are opened when they are first asked for. Of the people behind keys, who can be as many as their names, those are
 * kept who asked last.
 */
export function createAccounts(peopleMax = usualPeopleMax): Accounts {
  const settled = new Map<string, Account>()
  /** Whoever asked last is the last. */
  const people = new Map<string, Account>()

  function ofSettled(name: string, owner: Owner): Account {
    const account = settled.get(name) ?? openAccount(owner)
    settled.set(name, account)
    return account
  }

  function ofPerson(keyId: string, endUser: string): Account {
    const name = `${keyId} ${endUser}`
    const account = people.get(name) ?? openAccount({ keyId, endUser })
    people.delete(name)
    if (people.size >= peopleMax) forgetOne()
    people.set(name, account)
    return account
  }

  /** Not somebody who is running, whose account is still to be settled. */
  function forgetOne(): void {
    const idle = people.entries().find(([, { running }]) => running === 0)
    if (idle !== undefined) people.delete(idle[0])
  }

  return {
    all: {
      *[Symbol.iterator]() {
        yield* settled.values()
        yield* people.values()
      },
    },
    ofKey: (keyId, endUser = null) =>
      endUser === null ? ofSettled(`key ${keyId}`, { keyId, endUser }) : ofPerson(keyId, endUser),
    ofService: (service) => ofSettled(`service ${service}`, { service }),
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
