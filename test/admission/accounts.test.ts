import { expect, test } from 'vitest'
import { createAccounts } from '../../src/admission/accounts.ts'
import { createLimits } from '../../src/admission/limits.ts'
import { failureNow } from '../chat/failure-of.ts'

test('of the people behind keys, those are kept who asked last, and whoever is running', () => {
  const accounts = createAccounts(3)
  const running = accounts.ofKey('shared', 'running')
  running.running++
  const first = accounts.ofKey('shared', 'first')
  const second = accounts.ofKey('shared', 'second')
  expect(accounts.ofKey('shared', 'first')).toBe(first)
  const third = accounts.ofKey('shared', 'third')
  expect([...accounts.all].toSorted(byName)).toEqual([first, running, third].toSorted(byName))
  expect(accounts.ofKey('shared', 'second')).not.toBe(second)
  running.running--
  for (const name of ['fourth', 'fifth', 'sixth']) accounts.ofKey('shared', name)
  expect([...accounts.all]).toHaveLength(3)
  expect([...accounts.all]).not.toContain(running)
})

test('more than the most, because all of them ran, are as many again when they have ended', () => {
  const accounts = createAccounts(3)
  for (let person = 0; person < 9; person++) accounts.ofKey('shared', `${person}`).running++
  expect([...accounts.all]).toHaveLength(9)
  for (const account of accounts.all) account.running--
  accounts.ofKey('shared', 'last')
  expect([...accounts.all]).toHaveLength(3)
})

function byName(one: { owner: object }, other: { owner: object }): number {
  return JSON.stringify(one.owner) < JSON.stringify(other.owner) ? -1 : 1
}

test('keys and services are never forgotten, however many people there are', () => {
  const accounts = createAccounts(2)
  const [key, service] = [accounts.ofKey('shared', null), accounts.ofService('gemma4')]
  for (let person = 0; person < 10; person++) accounts.ofKey('shared', `${person}`)
  expect(accounts.ofKey('shared', null)).toBe(key)
  expect(accounts.ofService('gemma4')).toBe(service)
})

test('somebody who names another person with each request neither fills the memory nor frees anybody else of a limit', () => {
  const limits = createLimits({ now: () => 1000, services: new Map() })
  const visitBy = (keyId: string, endUser: string | null) => {
    const caller = { keyId, keyName: keyId, services: 'all', admin: false, limits: { requestsPerMinute: 1 } } as const
    return { caller, service: 'gemma4', endUser }
  }
  for (const person of [null, 'ann']) limits.enter(visitBy('other', person), 10).settle(10)
  for (let person = 0; person < 100_000; person++) limits.enter(visitBy('shared', `person ${person}`), 10).settle(10)
  expect(limits.inUse().keys.length).toBeLessThan(25_000)
  expect(failureNow(() => limits.enter(visitBy('shared', 'person 99999'), 10)).kind).toBe('rate-limited')
  for (const person of [null, 'ann'])
    expect(failureNow(() => limits.enter(visitBy('other', person), 10)).kind).toBe('rate-limited')
})
