import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLimits, type Limits, type Permit } from '../../src/admission/limits.ts'
import type { Caller, KeyLimits } from '../../src/chat/caller.ts'
import { GatewayError } from '../../src/chat/gateway-error.ts'
import { failureNow } from '../chat/failure-of.ts'

let clock = 0
const services = new Map<string, KeyLimits>()

function open(own: ReadonlyMap<string, KeyLimits> = services): Limits {
  clock = 1_000_000
  return createLimits({ now: () => clock, services: own })
}

function caller(limits: KeyLimits | undefined, keyId = 'key-1'): Caller {
  return { keyId, keyName: keyId, services: 'all', admin: false, limits }
}

function visit(limits: KeyLimits | undefined, more: { keyId?: string; endUser?: string } = {}) {
  return { caller: caller(limits, more.keyId), service: 'gemma4', endUser: more.endUser ?? null }
}

describe('requests a minute', () => {
  test('are let in up to the limit, and again when the wait that was told is over', () => {
    const limits = open()
    for (let count = 0; count < 3; count++) limits.enter(visit({ requestsPerMinute: 3 }), 10)
    const failure = failureNow(() => limits.enter(visit({ requestsPerMinute: 3 }), 10))
    expect(failure).toMatchObject({ kind: 'rate-limited' })
    expect(failure.message).toMatch(/^The limit of 3 requests a minute for this key is reached\.$/)
    clock += (failure.retryAfterSeconds ?? 0) * 1000
    expect(() => limits.enter(visit({ requestsPerMinute: 3 }), 10)).not.toThrow()
  })

  test('are told with what is left', () => {
    const permit = open().enter(visit({ requestsPerMinute: 60, tokensPerMinute: 1000 }), 300)
    expect(permit.rate()).toMatchObject({
      requests: { limit: 60, remaining: 59 },
      tokens: { limit: 1000, remaining: 700 },
    })
    expect(permit.rate().tokens?.resetMs).toBeGreaterThan(59_000)
  })
})

describe('tokens', () => {
  test('are reserved by the estimate and put right by what was used', () => {
    const limits = open()
    const permit = limits.enter(visit({ tokensPerMinute: 1000 }), 900)
    expect(() => limits.enter(visit({ tokensPerMinute: 1000 }), 200)).toThrow(/1000 tokens a minute/)
    permit.settle(100)
    permit.settle(0)
    expect(limits.enter(visit({ tokensPerMinute: 1000 }), 200).rate().tokens).toMatchObject({ remaining: 700 })
  })

  test('of one request larger than the limit are let in where nothing else was', () => {
    const limits = open()
    limits.enter(visit({ tokensPerMinute: 100 }), 5000)
    expect(() => limits.enter(visit({ tokensPerMinute: 100 }), 1)).toThrow(GatewayError)
  })

  test('of a day count for a day', () => {
    const limits = open()
    limits.enter(visit({ tokensPerDay: 1000 }), 1000)
    clock += 23 * 3_600_000
    expect(() => limits.enter(visit({ tokensPerDay: 1000 }), 1)).toThrow(/1000 tokens a day/)
    clock += 3_900_000
    expect(() => limits.enter(visit({ tokensPerDay: 1000 }), 1)).not.toThrow()
  })
})

describe('limits', () => {
  test('hold for each key, each user behind a key that is believed, and for a service over all of them', () => {
    const limits = open(new Map([['gemma4', { requestsPerMinute: 3 }]]))
    const one = { requestsPerMinute: 1 }
    limits.enter(visit(one), 1)
    limits.enter(visit(one, { keyId: 'key-2' }), 1)
    expect(() => limits.enter(visit(one, { keyId: 'key-2' }), 1)).toThrow(/for this key/)
    limits.enter(visit(one, { endUser: 'ada' }), 1)
    expect(() => limits.enter(visit(one, { endUser: 'ada' }), 1)).toThrow(/for this user/)
    expect(() => limits.enter(visit(undefined, { keyId: 'key-3' }), 1)).toThrow(/for everybody/)
  })

  test('count nothing of a request that one of them refused', () => {
    const limits = open(new Map([['gemma4', { requestsPerMinute: 1 }]]))
    limits.enter(visit(undefined), 1)
    expect(() => limits.enter(visit({ requestsPerMinute: 1 }), 1)).toThrow(/for everybody/)
    clock += 61_000
    expect(() => limits.enter(visit({ requestsPerMinute: 1 }), 1)).not.toThrow()
  })

  test('do not begin anew with a restart', () => {
    const limits = open()
    const earlier = { keyId: 'key-1', endUser: null, service: 'gemma4' }
    limits.restore([
      { ...earlier, counts: 'minute', tokens: 400, agoMs: 0 },
      { ...earlier, counts: 'day', tokens: 900, agoMs: 0 },
    ])
    expect(() => limits.enter(visit({ tokensPerDay: 1000 }), 101)).toThrow(/tokens a day/)
    expect(limits.enter(visit({ tokensPerDay: 1000, tokensPerMinute: 1000 }), 100).rate().tokens).toMatchObject({
      remaining: 500,
    })
  })

  test('are open again after a restart when they would have been without it', () => {
    const limits = open()
    const earlier = { keyId: 'key-1', endUser: null, service: 'gemma4' }
    const hourMs = 3_600_000
    // As soon after the start of a process as may be.
    clock = 500
    limits.restore([
      { ...earlier, counts: 'day', tokens: 900, agoMs: 22 * hourMs },
      { ...earlier, counts: 'minute', tokens: 1, agoMs: 40_000 },
    ])
    const waitOf = (bounds: KeyLimits, tokens: number) => {
      try {
        limits.enter(visit(bounds), tokens).settle(0)
        return 0
      } catch (thrown) {
        return GatewayError.from(thrown).retryAfterSeconds ?? 0
      }
    }
    const dayWait = waitOf({ tokensPerDay: 1000 }, 200)
    expect(dayWait).toBeGreaterThan(2 * 3600 - 1)
    expect(dayWait).toBeLessThan(3.5 * 3600)
    expect(waitOf({ requestsPerMinute: 1 }, 1)).toBeGreaterThan(19)
    expect(waitOf({ requestsPerMinute: 1 }, 1)).toBeLessThan(23)
  })

  test('at once are never passed, and every end gives its place back, whatever happens in between', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ enters: fc.boolean(), pick: fc.nat(), passesMs: fc.nat({ max: 5000 }) })),
        (steps) => {
          const limits = open()
          const running: Permit[] = []
          for (const { enters, pick, passesMs } of steps) {
            clock += passesMs
            if (enters && running.length < 4) running.push(limits.enter(visit({ concurrent: 4 }), 1))
            else if (enters) expect(() => limits.enter(visit({ concurrent: 4 }), 1)).toThrow(/4 requests at once/)
            else running.splice(pick % Math.max(1, running.length), 1)[0]?.settle(1)
          }
        },
      ),
    )
  })

  test('count a request from before its body is taken in, until it is let in or ends', () => {
    const limits = open()
    const one = visit({ concurrent: 1 })
    const hold = limits.hold(one)
    expect(() => limits.hold(one)).toThrow(/1 request at once for this key/)
    expect(() => limits.enter(one, 1)).toThrow(/1 request at once/)
    hold?.release()
    const permit = limits.enter(one, 1)
    hold?.release()
    expect(() => limits.hold(one)).toThrow(/1 request at once/)
    permit.settle(1)
    expect(limits.hold(one)).toBeDefined()
    expect(limits.hold(visit({ concurrent: 1 }, { endUser: 'ada' }))).toBeDefined()
    expect(limits.hold(visit(undefined))).toBeUndefined()
  })

  test('of the tokens that were really used in any minute are never passed by more than what ran over its estimate', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ gapMs: fc.nat({ max: 15_000 }), tokens: fc.integer({ min: 1, max: 400 }) }), {
          maxLength: 60,
        }),
        (asks) => {
          const limits = open()
          const used: { at: number; tokens: number }[] = []
          for (const { gapMs, tokens } of asks) {
            clock += gapMs
            try {
              limits.enter(visit({ tokensPerMinute: 500 }), tokens).settle(tokens)
              used.push({ at: clock, tokens })
            } catch (thrown) {
              expect(thrown).toMatchObject({ kind: 'rate-limited' })
            }
            const lastMinute = used.filter(({ at }) => at > clock - 60_000)
            expect(lastMinute.reduce((sum, use) => sum + use.tokens, 0)).toBeLessThanOrEqual(500)
          }
        },
      ),
    )
  })
})

describe('counts of tokens', () => {
  test('are as many a minute as requests, beside them, and counted for each user', () => {
    const limits = open()
    const bounds = { requestsPerMinute: 2, concurrent: 1 }
    for (let count = 0; count < 2; count++) limits.enterCount(visit(bounds))
    const failure = failureNow(() => limits.enterCount(visit(bounds)))
    expect(failure).toMatchObject({ kind: 'rate-limited', retryAfterSeconds: expect.any(Number) })
    expect(failure.message).toBe('The limit of 2 counts of tokens a minute for this key is reached.')
    expect(() => limits.enter(visit(bounds), 10)).not.toThrow()
    expect(() => limits.enterCount(visit(bounds, { endUser: 'ben' }))).not.toThrow()
    clock += (failure.retryAfterSeconds ?? 0) * 1000
    expect(() => limits.enterCount(visit(bounds))).not.toThrow()
  })

  test('are bounded by the limit of their service, and by nothing where there is none', () => {
    const limits = open(new Map([['gemma4', { requestsPerMinute: 1 }]]))
    limits.enterCount(visit(undefined))
    expect(() => limits.enterCount(visit(undefined, { keyId: 'key-2' }))).toThrow(/for everybody/)
    const free = open()
    for (let count = 0; count < 1000; count++) free.enterCount(visit({ tokensPerMinute: 1 }))
  })
})

describe('what is in use', () => {
  test('is told of keys, of people behind them and of services that have limits', () => {
    const limits = open(new Map([['gemma4', { tokensPerDay: 1000 }]]))
    const bounds = { requestsPerMinute: 5 }
    limits.enter(visit(bounds), 100).settle(40)
    limits.enter(visit(bounds, { endUser: 'ben' }), 7)
    expect(limits.inUse()).toEqual({
      keys: [
        {
          ...{ keyId: 'key-1', endUser: null },
          used: { requestsPerMinute: 1, tokensPerMinute: 40, tokensPerDay: 40, concurrent: 0 },
        },
        {
          ...{ keyId: 'key-1', endUser: 'ben' },
          used: { requestsPerMinute: 1, tokensPerMinute: 7, tokensPerDay: 7, concurrent: 1 },
        },
      ],
      services: [
        {
          ...{ service: 'gemma4', limits: { tokensPerDay: 1000 } },
          used: { requestsPerMinute: 2, tokensPerMinute: 47, tokensPerDay: 47, concurrent: 1 },
        },
      ],
    })
    clock += 61_000
    expect(limits.inUse().keys[0]?.used).toEqual({
      ...{ requestsPerMinute: 0, tokensPerMinute: 0, tokensPerDay: 40, concurrent: 0 },
    })
  })
})
