import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createZoneClock } from '../../../src/keys/adopted/zone-clock.ts'

function read(zone: string, reading: string): string {
  return new Date(createZoneClock(zone)(Date.parse(`${reading}Z`))).toISOString().slice(0, 19)
}

test.each([
  ['UTC', '2026-07-01T12:00:00', '2026-07-01T12:00:00'],
  ['+02:00', '2026-07-01T12:00:00', '2026-07-01T10:00:00'],
  ['-03:30', '2026-07-01T12:00:00', '2026-07-01T15:30:00'],
  ['Europe/Berlin', '2026-07-01T12:00:00', '2026-07-01T10:00:00'],
  ['Europe/Berlin', '2026-01-01T12:00:00', '2026-01-01T11:00:00'],
  ['Asia/Kathmandu', '2026-01-01T12:00:00', '2026-01-01T06:15:00'],
  ['America/New_York', '2026-11-01T00:30:00', '2026-11-01T04:30:00'],
])('in %s the clock shows %s at %s UTC', (zone, reading, utc) => {
  expect(read(zone, reading)).toBe(utc)
})

describe('where summer time begins and ends', () => {
  test('a reading that clocks show twice is the earlier', () => {
    expect(read('Europe/Berlin', '2026-10-25T02:30:00')).toBe('2026-10-25T00:30:00')
    expect(read('America/New_York', '2026-11-01T01:30:00')).toBe('2026-11-01T05:30:00')
  })

  test('a reading that clocks skip is as long after the jump', () => {
    expect(read('Europe/Berlin', '2026-03-29T02:30:00')).toBe('2026-03-29T01:30:00')
    expect(read('America/Santiago', '2026-09-06T00:00:00')).toBe('2026-09-06T04:00:00')
  })

  test('the minutes before and after are right', () => {
    expect(read('Europe/Berlin', '2026-03-29T01:59:59')).toBe('2026-03-29T00:59:59')
    expect(read('Europe/Berlin', '2026-03-29T03:00:00')).toBe('2026-03-29T01:00:00')
    expect(read('Europe/Berlin', '2026-10-25T01:59:59')).toBe('2026-10-24T23:59:59')
    expect(read('Europe/Berlin', '2026-10-25T03:00:00')).toBe('2026-10-25T02:00:00')
  })
})

test('a moment that a zone tells is read back as itself, or as the first of the two that it tells alike', () => {
  const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'Pacific/Apia']
  const moments = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2040, 0, 1) }).map((ms) => ms - (ms % 1000))
  fc.assert(
    fc.property(fc.constantFrom(...zones), moments, (zone, moment) => {
      const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
      const read = createZoneClock(zone)(Date.parse(`${format.format(moment).replace(' ', 'T')}Z`))
      return read <= moment && format.format(read) === format.format(moment)
    }),
  )
})
