import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { type Pace, paceAfter, paceAfterFailure, readMaxMs } from '../../src/keys/pace.ts'
import { createSyncLoop } from '../../src/keys/sync-loop.ts'

const everyMs = [100, 1000, 2000, 2400, 2500, 2600, 3000, 3999, 4000]

/** How long readings took that were waited for, up to the longest that may be. */
function upTo(longestMs: number): number[] {
  return [0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1].map((share) => share * longestMs)
}

describe.each(everyMs)('keys that are read every %i ms', (every) => {
  /** From the start of a reading to the end of the longest that may follow. */
  const toNextEnd = (tookMs: number, { restMs, readMs }: Pace) => tookMs + restMs + readMs

  test('show a revocation within 5 s, however long readings take that are waited for', () => {
    for (const firstMs of upTo(readMaxMs)) {
      const { readMs } = paceAfter(firstMs, every)
      // Every reading that the pace before it lets happen.
      for (const tookMs of [firstMs, ...upTo(readMs)]) {
        expect(toNextEnd(tookMs, paceAfter(tookMs, every))).toBeLessThanOrEqual(4800)
      }
    }
  })

  test('show a revocation within 5 s of the return of the database, however long failures take', () => {
    for (const tookMs of upTo(readMaxMs)) {
      for (const retryMs of [100, 400, 2000]) {
        expect(toNextEnd(tookMs, paceAfterFailure(tookMs, retryMs))).toBeLessThanOrEqual(4800)
      }
    }
  })

  test('can be read for good where each reading takes as long as one may', () => {
    const afterFailure = paceAfterFailure(0, 200)
    expect(afterFailure.readMs).toBe(readMaxMs)
    expect(paceAfter(afterFailure.readMs, every).readMs).toBe(readMaxMs)
  })

  test('are read so often as was asked for where that is quick, and never without a rest', () => {
    const { restMs } = paceAfter(300, every)
    expect(300 + restMs).toBe(Math.max(every, 300 + every / 10))
    for (const tookMs of upTo(readMaxMs)) {
      expect(paceAfter(tookMs, every).restMs).toBeGreaterThanOrEqual(Math.min(every / 10, 200))
    }
  })
})

test('the loop reads at that pace', async () => {
  let nowMs = 0
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => nowMs)
  onTestFinished(() => clock.mockRestore())
  const given: number[] = []
  const loop = createSyncLoop({
    everyMs: 100,
    async attempt({ ms }) {
      given.push(ms)
      // Each but the third works, and all take so long.
      nowMs += 3000
      return given.length !== 3
    },
  })
  loop.start()
  await vi.waitFor(() => expect(given.length).toBeGreaterThan(3))
  await loop.stop()
  expect(given.slice(0, 4)).toEqual([readMaxMs, 1790, 1790, readMaxMs])
})

test('what comes after the longest reading has less time rather than that a revocation has more', () => {
  // A machine that stands still for a moment, and for longer.
  expect(paceAfter(readMaxMs + 400, 2000)).toEqual({ restMs: 200, readMs: readMaxMs - 400 })
  expect(paceAfter(60_000, 2000)).toEqual({ restMs: 200, readMs: 800 })
  expect(paceAfterFailure(readMaxMs + 400, 200)).toEqual({ restMs: 0, readMs: readMaxMs })
})
