import { expect, test } from 'vitest'
import { parseTime } from '../../src/chat/parse-time.ts'

test.each([
  ['2027-01-31', Date.UTC(2027, 0, 31)],
  ['2028-02-29', Date.UTC(2028, 1, 29)],
  ['2027-01-31T18:00Z', Date.UTC(2027, 0, 31, 18)],
  ['2027-01-31T18:00:05.25+01:00', Date.UTC(2027, 0, 31, 17, 0, 5, 250)],
  ['2027-02-30', undefined],
  ['2027-04-31T00:00:00Z', undefined],
  ['2026-02-29', undefined],
  ['2027-13-01', undefined],
  ['2027-01-31T25:00:00Z', undefined],
  ['2027-01-31T18:00', undefined],
  ['2027-01-31 18:00:00Z', undefined],
  ['31.1.2027', undefined],
  ['', undefined],
])('%s is the time that it says, or none', (text, timeMs) => {
  expect(parseTime(text)).toBe(timeMs)
})
