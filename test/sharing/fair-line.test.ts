import { expect, test } from 'vitest'
import { createFairLine } from '../../src/sharing/fair-line.ts'

test('a lane is forgotten once nothing of it runs or waits, and not before', () => {
  const line = createFairLine<string>()
  const lane = line.laneOf('a')
  line.add(lane, 'one')
  expect(line.takeNext()).toEqual({ lane, waiter: 'one' })
  lane.running++
  expect(line.laneOf('a')).toBe(lane)
  line.add(lane, 'two')
  lane.running--
  line.tidy(lane)
  expect(line.laneOf('a')).toBe(lane)
  line.remove(lane, 'two')
  expect(line.laneOf('a')).not.toBe(lane)
  expect(line.size).toBe(0)
})

test('who leaves the line is gone once, whoever asks again', () => {
  const line = createFairLine<string>()
  const lane = line.laneOf('a')
  line.add(lane, 'one')
  line.remove(lane, 'one')
  line.remove(lane, 'one')
  expect([line.size, line.takeNext()]).toEqual([0, undefined])
})
