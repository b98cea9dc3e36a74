import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { watchStandstill } from '../../src/upstream/standstill.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

/** A watch over an engine that comes as far at each look as is listed. */
function watching(counts: readonly (number | undefined)[]) {
  let looks = 0
  let still = 0
  const read = async () => counts[looks++]
  const watch = watchStandstill(100, read, () => void still++)
  return {
    watch,
    still: () => still,
    looks: () => looks,
    async pass(times: number) {
      for (let time = 0; time < times; time++) {
        vi.advanceTimersByTime(100)
        await nextTurn()
      }
    },
  }
}

test('an engine that comes no further between two looks stands still, and that is told once', async () => {
  const { still, pass } = watching([3, 5, 5, 5, 5])
  await pass(2)
  expect(still()).toBe(0)
  await pass(3)
  expect(still()).toBe(1)
})

test('one that cannot say how far it is never stands still', async () => {
  const { still, looks, pass } = watching([5, undefined, 5, undefined, undefined, 7])
  await pass(6)
  expect([still(), looks()]).toEqual([0, 6])
})

test('what is begun anew knows nothing of before, also where it was being looked at', async () => {
  const { watch, still, pass } = watching([5, 5, 5, 5])
  await pass(1)
  vi.advanceTimersByTime(100)
  // The look is on its way.
  watch.restart()
  await nextTurn()
  expect(still()).toBe(0)
  await pass(1)
  expect(still()).toBe(0)
  await pass(1)
  expect(still()).toBe(1)
})

test('once stopped it looks no more, and tells nothing', async () => {
  const { watch, still, looks, pass } = watching([5, 5, 5])
  await pass(1)
  vi.advanceTimersByTime(100)
  watch.stop()
  await pass(3)
  expect([still(), looks()]).toEqual([0, 2])
})
