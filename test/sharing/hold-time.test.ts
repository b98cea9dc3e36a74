import { expect, test } from 'vitest'
import { createHoldTime } from '../../src/sharing/hold-time.ts'

test('the wait is that of all before, through all places at once', () => {
  const holdTime = createHoldTime()
  expect(holdTime.secondsFor(64, 8)).toBe(5)
  holdTime.note(4000)
  expect(holdTime.secondsFor(8, 4)).toBe(8)
})

test('one that is unlike the others changes little, and many do', () => {
  const holdTime = createHoldTime()
  for (let time = 0; time < 50; time++) holdTime.note(1000)
  holdTime.note(11_000)
  expect(holdTime.secondsFor(10, 1)).toBe(20)
  for (let time = 0; time < 50; time++) holdTime.note(11_000)
  expect(holdTime.secondsFor(1, 1)).toBe(11)
})

test('it is a second at least, and a minute at most', () => {
  const holdTime = createHoldTime()
  holdTime.note(1)
  expect(holdTime.secondsFor(1, 8)).toBe(1)
  holdTime.note(1_000_000_000)
  expect(holdTime.secondsFor(1, 8)).toBe(60)
})
