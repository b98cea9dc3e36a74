import { describe, expect, test } from 'vitest'
import { periodMaxMs, readMaxMs, restAfter, restAfterFailure } from '../../src/keys/pace.ts'

/** How long readings took that were waited for. */
const readings = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1].map((share) => share * readMaxMs)

test('the longest that may pass between two readings is the most that can be set', () => {
  expect(periodMaxMs).toBe(2500)
})

describe.each([100, 1000, 2000, 2400, periodMaxMs])('keys that are read every %i ms', (everyMs) => {
  test('show a revocation within 5 s, however long readings take that are waited for', () => {
    for (const tookMs of readings) expect(tookMs + restAfter(tookMs, everyMs) + readMaxMs).toBeLessThanOrEqual(4800)
  })

  test('show a revocation within 5 s of the return of the database, however long failures take', () => {
    for (const tookMs of readings) {
      for (const retryMs of [100, 400, 2000]) {
        expect(tookMs + restAfterFailure(tookMs, retryMs) + readMaxMs).toBeLessThanOrEqual(4800)
      }
    }
  })

  test('are read so often as was asked for where that is quick, and never without a rest', () => {
    expect(50 + restAfter(50, everyMs)).toBe(everyMs)
    for (const tookMs of readings)
      expect(restAfter(tookMs, everyMs)).toBeGreaterThanOrEqual(Math.min(everyMs / 10, 200))
  })
})

test('a reading that took longer than one may is followed by another soon', () => {
  expect([restAfter(60_000, 2000), restAfterFailure(60_000, 2000)]).toEqual([200, 0])
})
