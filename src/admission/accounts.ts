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

/** About 20 MB where most ask seldom, ten times that where all ask all day. */
const usualPeopleMax = 20_000

/**
 * Accounts are opened when they are first asked for. People behind keys can be as many as their names: of more than so many,
 * whoever of the key with most of them asked longest ago gives way, so that no key's names free another's people of limits.
 */
export function createAccounts(peopleMax = usualPeopleMax): Accounts {
  const settled = new Map<string, Account>()
  /** By the key; whoever asked last is the last. */
  const people = new Map<string, Map<string, Account>>()
  let peopleCount = 0

  function ofSettled(name: string, owner: Owner): Account {
    const known = settled.get(name)
    if (known !== undefined) return known
    const account = openAccount(owner)
    settled.set(name, account)
    return account
  }

  function crowdOf(keyId: string): Map<string, Account> {
    const known = people.get(keyId)
    if (known !== undefined) return known
    const crowd = new Map<string, Account>()
    people.set(keyId, crowd)
    return crowd
  }

  function ofPerson(keyId: string, endUser: string): Account {
    const crowd = crowdOf(keyId)
    const account = crowd.get(endUser) ?? openAccount({ keyId, endUser })
    if (!crowd.delete(endUser)) makeRoom()
    crowd.set(endUser, account)
    return account
  }

  function makeRoom(): void {
    peopleCount++
    while (peopleCount > peopleMax && forgetOne()) peopleCount--
  }

  /** False where all of that key are running, whose accounts are still to be settled. */
  function forgetOne(): boolean {
    let largest = new Map<string, Account>()
    for (const crowd of people.values()) if (crowd.size > largest.size) largest = crowd
    const idle = largest.entries().find(([, { running }]) => running === 0)
    return idle !== undefined && largest.delete(idle[0])
  }

  return {
    all: {
      *[Symbol.iterator]() {
        yield* settled.values()
        for (const crowd of people.values()) yield* crowd.values()
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
