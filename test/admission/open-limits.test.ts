import { expect, test } from 'vitest'
import { openLimits, type UseBefore } from '../../src/admission/open-limits.ts'
import type { KeyLimits } from '../../src/chat/caller.ts'
import type { ChatRequest } from '../../src/chat/chat-request.ts'
import { openVisit } from '../chat/open-visit.ts'

const request: ChatRequest = {
  messages: [{ role: 'user', content: 'Hi' }],
  max_completion_tokens: 10,
  chat_template_kwargs: { enable_thinking: false },
}

function open(readBefore: (() => Promise<UseBefore>) | undefined) {
  const limits = openLimits({ now: () => performance.now(), services: new Map(), readBefore })
  return { ...limits, requestLimits: limits.requestLimits(() => ({ tokens: 100, charge: 30 })) }
}

function visitWith(terms: { limits?: KeyLimits; creditsMicro?: number }) {
  const visit = openVisit()
  return { ...visit, caller: { ...visit.caller, keyId: 'key_1', ...terms } }
}

test('what was used before counts as soon as the database tells it, and until then no credits are given out', async () => {
  const before = {
    uses: [{ keyId: 'key_1', endUser: null, service: 'gemma4', counts: 'day', tokens: 950, agoMs: 0 }] as const,
    spent: [['key_1', 70]] as const,
  }
  let isAway = true
  const { requestLimits, credits, start, stop } = open(async () => {
    if (isAway) throw new Error('The database is away.')
    return before
  })
  const paid = visitWith({ creditsMicro: 100 })
  start()
  await new Promise((resolve) => setImmediate(resolve))
  expect(() => requestLimits.enter(paid, request)).toThrow(expect.objectContaining({ kind: 'overloaded' }))
  isAway = false
  await expect.poll(() => credits.left('key_1', 100), { timeout: 10_000 }).toBe(30)
  requestLimits.enter(paid, request)
  expect(() => requestLimits.enter(paid, request)).toThrow(expect.objectContaining({ kind: 'out-of-credits' }))
  const bounded = visitWith({ limits: { tokensPerDay: 1000 } })
  expect(() => requestLimits.enter(bounded, request)).toThrow(/tokens a day/)
  stop()
})

test('who is bounded by nothing is not weighed at all', () => {
  const { requestLimits, start } = open(undefined)
  start()
  expect(requestLimits.enter(visitWith({}), request)).toBeUndefined()
})

test('a limit that refuses keeps no credits, and credits that are out keep nothing of a limit', () => {
  const { requestLimits, credits, start } = open(undefined)
  start()
  const tight = visitWith({ limits: { concurrent: 1 }, creditsMicro: 30 })
  const allowance = requestLimits.enter(tight, request)
  expect(() => requestLimits.enter(tight, request)).toThrow(/at once/)
  allowance?.settle(undefined)
  expect(credits.left('key_1', 30)).toBe(30)
  const poor = visitWith({ limits: { concurrent: 1 }, creditsMicro: 29 })
  expect(() => requestLimits.enter(poor, request)).toThrow(/credits/)
  expect(() => requestLimits.enter(tight, request)).not.toThrow()
})
