import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createSlidingWindow } from '../../src/admission/sliding-window.ts'

const span = 60_000
const step = 1000

interface Use {
  readonly gapMs: number
  readonly amount: number
}

const uses = fc.array(fc.record({ gapMs: fc.nat({ max: 20_000 }), amount: fc.nat({ max: 50 }) }), { maxLength: 60 })

/** Replays uses, and says of each moment what was used in the stretch before it, exactly and a step longer. */
function replay(all: readonly Use[], check: (now: number, total: number, exact: number, longer: number) => void): void {
  const window = createSlidingWindow(span, span / step)
  const done: { at: number; amount: number }[] = []
  let now = 12_345
  for (const { gapMs, amount } of all) {
    now += gapMs
    window.add(now, amount)
    done.push({ at: now, amount })
    const since = (from: number) => done.filter(({ at }) => at > from).reduce((sum, use) => sum + use.amount, 0)
    check(now, window.total(now), since(now - span), since(now - span - step))
  }
}

describe('a window', () => {
  test('never counts less than was used in the stretch, and never more than in one step longer', () => {
    fc.assert(
      fc.property(uses, (all) => {
        replay(all, (_now, total, exact, longer) => {
          expect(total).toBeGreaterThanOrEqual(exact)
          expect(total).toBeLessThanOrEqual(longer)
        })
      }),
    )
  })

  test('says the truth about the wait: then it fits, and a step earlier it does not', () => {
    fc.assert(
      fc.property(uses, fc.integer({ min: 1, max: 50 }), fc.integer({ min: 50, max: 300 }), (all, amount, limit) => {
        const window = createSlidingWindow(span, span / step)
        let now = 12_345
        for (const use of all) {
          now += use.gapMs
          window.add(now, use.amount)
        }
        const waitMs = window.waitFor(now, amount, limit)
        if (waitMs > 1) expect(window.total(now + waitMs - 2) + amount).toBeGreaterThan(limit)
        expect(window.total(now + waitMs) + amount).toBeLessThanOrEqual(limit)
      }),
    )
  })

  test('never has room for more than its limit', () => {
    expect(createSlidingWindow(span, 60).waitFor(0, 11, 10)).toBe(Number.POSITIVE_INFINITY)
  })

  test('is put right only while what was added still counts', () => {
    const window = createSlidingWindow(span, 60)
    window.add(1000, 100)
    window.correct(1000, 30_000, -60)
    expect(window.total(30_000)).toBe(40)
    window.correct(1000, 90_000, -40)
    expect(window.total(90_000)).toBe(0)
  })

  test('keeps what was added late to an earlier step in its place', () => {
    const window = createSlidingWindow(span, 60)
    window.add(50_000, 5)
    window.correct(10_000, 50_000, 7)
    window.correct(30_000, 50_000, 11)
    expect(window.total(72_000)).toBe(16)
    expect(window.total(92_000)).toBe(5)
    expect(window.waitFor(92_000, 1, 5)).toBe(19_000)
  })

  test('knows when it will be empty', () => {
    const window = createSlidingWindow(span, 60)
    expect(window.emptyIn(5000)).toBe(0)
    window.add(5000, 1)
    const emptyIn = window.emptyIn(5500)
    expect(window.total(5500 + emptyIn - 2)).toBe(1)
    expect(window.total(5500 + emptyIn)).toBe(0)
  })

  test('counts what was used before its clock began, for as long as it lies back', () => {
    for (const now of [0, 10, 1500]) {
      const window = createSlidingWindow(span, span / step)
      window.correct(now - 40_000, now, 7)
      window.correct(now - 2 * span, now, 100)
      expect(window.total(now)).toBe(7)
      expect(window.waitFor(now, 1, 7)).toBeGreaterThan(19_000)
      expect(window.waitFor(now, 1, 7)).toBeLessThanOrEqual(21_000)
      expect(window.total(now + 19_000)).toBe(7)
      expect(window.total(now + 21_001)).toBe(0)
    }
  })
})
