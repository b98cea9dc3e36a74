import { setTimeout as wait } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { startSilenceClock } from '../../src/wire/silence-clock.ts'

test('tells of a silence, and of the next as long after', async () => {
  const from = performance.now()
  const told: number[] = []
  const clock = startSilenceClock(40, () => told.push(performance.now() - from))
  await vi.waitFor(() => expect(told.length).toBe(2), { timeout: 5000 })
  clock.stop()
  expect(told[0]).toBeGreaterThanOrEqual(38)
  expect(told[1]).toBeGreaterThanOrEqual((told[0] ?? 0) + 38)
})

test('a silence is counted from the last that was noted', async () => {
  const told = vi.fn()
  const clock = startSilenceClock(100, told)
  let noted = performance.now()
  for (let beats = 0; beats < 6; beats++) {
    await wait(40)
    if (told.mock.calls.length > 0) break
    clock.note()
    noted = performance.now()
  }
  await vi.waitFor(() => expect(told).toHaveBeenCalled(), { timeout: 5000 })
  clock.stop()
  expect(performance.now() - noted).toBeGreaterThanOrEqual(98)
})

test('nothing is told any more once it is stopped, also from within', async () => {
  const told = vi.fn(() => clock.stop())
  const clock = startSilenceClock(20, told)
  await vi.waitFor(() => expect(told).toHaveBeenCalled(), { timeout: 5000 })
  await wait(80)
  expect(told).toHaveBeenCalledTimes(1)
})
