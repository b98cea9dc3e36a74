import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCredits } from '../../src/admission/credits.ts'

describe('credits', () => {
  test('let exactly as many in as are paid for, however many ask at once', () => {
    const credits = createCredits()
    credits.begin([])
    let admitted = 0
    for (let request = 0; request < 1000; request++) {
      try {
        credits.reserve('key', 100 * 30_000, 30_000)
        admitted++
      } catch (thrown) {
        expect(thrown).toMatchObject({ kind: 'out-of-credits' })
      }
    }
    expect(admitted).toBe(100)
  })

  test('are not given out before it is known what was spent', () => {
    const credits = createCredits()
    expect(() => credits.reserve('key', 1000, 1)).toThrow(expect.objectContaining({ kind: 'overloaded' }))
    expect(credits.left('key', 1000)).toBeUndefined()
    credits.begin([['key', 400]])
    expect(credits.left('key', 1000)).toBe(600)
    expect(() => credits.reserve('key', 1000, Number.NaN)).toThrow(expect.objectContaining({ kind: 'out-of-credits' }))
    expect(() => credits.reserve('key', 1000, 601)).toThrow(expect.objectContaining({ kind: 'out-of-credits' }))
  })

  test('that were set aside come back when they are settled, once', () => {
    const credits = createCredits()
    credits.begin([])
    const reservation = credits.reserve('key', 100, 100)
    reservation.settle(30)
    reservation.settle(30)
    expect(credits.left('key', 100)).toBe(70)
    expect(() => credits.reserve('key', 100, 70)).not.toThrow()
  })

  test('are never overspent, and nothing is lost, whatever the order of asking and ending', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 200 }), replay))
  })
})

interface Step {
  readonly asks: boolean
  readonly amount: number
  /** Of what was set aside, the part that is spent. */
  readonly share: number
}

const step: fc.Arbitrary<Step> = fc.record({
  asks: fc.boolean(),
  amount: fc.integer({ min: 1, max: 50 }),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
})
const granted = 500

/** Asks and ends as the steps say, beside a plain sum of what must come out. */
function replay(steps: readonly Step[]): void {
  const credits = createCredits()
  credits.begin([])
  const open: { amount: number; settle(used: number): void }[] = []
  let spent = 0

  function ask(amount: number): void {
    const setAside = open.reduce((sum, one) => sum + one.amount, 0)
    if (spent + setAside + amount <= granted) open.push({ amount, ...credits.reserve('key', granted, amount) })
    else expect(() => credits.reserve('key', granted, amount)).toThrow(/do not suffice/)
  }

  function end(share: number): void {
    const ended = open.pop()
    const used = Math.floor((ended?.amount ?? 0) * share)
    ended?.settle(used)
    spent += used
  }

  for (const { asks, amount, share } of steps) {
    if (asks) ask(amount)
    else end(share)
    expect(credits.left('key', granted)).toBe(granted - spent)
  }
}
