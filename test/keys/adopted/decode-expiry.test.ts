import { describe, expect, test } from 'vitest'
import { createDecodeExpiry } from '../../../src/keys/adopted/decode-expiry.ts'

function decoder(type: 'datetime' | 'date' | 'unix' | 'unix-ms', timeZone = 'UTC') {
  const decode = createDecodeExpiry({ type, timeZone })
  return (value: unknown) => {
    const expiresAtMs = decode(value)
    return typeof expiresAtMs === 'number' ? new Date(expiresAtMs).toISOString() : expiresAtMs
  }
}

describe.each(['datetime', 'date', 'unix', 'unix-ms'] as const)('%s', (type) => {
  test('takes NULL, and nothing else, for never', () => {
    expect(decoder(type)(null)).toBeNull()
    const others = [undefined, '', '0000-00-00', '0000-00-00 00:00:00', 0, '0', -1, Number.NaN, {}, 'never', true]
    expect(others.map(decoder(type))).toEqual(others.map(() => undefined))
  })
})

describe('datetime', () => {
  test.each([
    ['2026-05-04 03:02:01', '2026-05-04T03:02:01.000Z'],
    ['2026-05-04 03:02:01.999', '2026-05-04T03:02:01.000Z'],
    ['2026-05-04T03:02:01', '2026-05-04T03:02:01.000Z'],
    ['2026-05-04T03:02', '2026-05-04T03:02:00.000Z'],
    ['2026-05-04', '2026-05-04T00:00:00.000Z'],
    ['2026-05-04T03:02:01Z', '2026-05-04T03:02:01.000Z'],
    ['2026-05-04 03:02:01+02:00', '2026-05-04T01:02:01.000Z'],
    ['9999-12-31 23:59:59', '9999-12-31T23:59:59.000Z'],
  ])('reads %s', (text, moment) => {
    expect(decoder('datetime')(text)).toBe(moment)
  })

  test.each([
    '2026-02-30 00:00:00',
    '2026-13-01 00:00:00',
    '2026-05-04 24:00:00',
    '2026-05-04 03:61:00',
    '2026-00-04',
    '04.05.2026',
    '2026-05-04 03:02:01 x',
  ])('does not guess what %s means', (text) => {
    expect(decoder('datetime')(text)).toBeUndefined()
  })

  test('is a time in the configured zone, summer and winter', () => {
    const decode = decoder('datetime', 'Europe/Berlin')
    expect(decode('2026-07-01 12:00:00')).toBe('2026-07-01T10:00:00.000Z')
    expect(decode('2026-12-01 12:00:00')).toBe('2026-12-01T11:00:00.000Z')
    expect(decode('2026-12-01T12:00:00Z')).toBe('2026-12-01T12:00:00.000Z')
  })

  test('is read the same again', () => {
    const decode = decoder('datetime', 'Europe/Berlin')
    expect([decode('2026-07-01 12:00:00'), decode('nonsense'), decode('nonsense')]).toEqual([
      decode('2026-07-01 12:00:00'),
      undefined,
      undefined,
    ])
  })
})

describe('date', () => {
  test('lasts to the end of that day in its zone', () => {
    expect(decoder('date')('2026-05-04')).toBe('2026-05-05T00:00:00.000Z')
    expect(decoder('date', 'Europe/Berlin')('2026-03-28')).toBe('2026-03-28T23:00:00.000Z')
    expect(decoder('date', 'Europe/Berlin')('2026-03-29')).toBe('2026-03-29T22:00:00.000Z')
    expect(decoder('date', 'America/Santiago')('2026-09-05')).toBe('2026-09-06T04:00:00.000Z')
  })

  test('is no time', () => {
    expect(decoder('date')('2026-05-04 03:02:01')).toBeUndefined()
  })
})

describe('unix', () => {
  test('reads seconds, as numbers and as the text of one', () => {
    expect([1_795_000_000, '1795000000', '1795000000.500'].map(decoder('unix'))).toEqual([
      '2026-11-18T11:06:40.000Z',
      '2026-11-18T11:06:40.000Z',
      '2026-11-18T11:06:40.500Z',
    ])
  })

  test('does not take milliseconds for seconds, which would be never', () => {
    expect(decoder('unix')(1_795_000_000_000)).toBeUndefined()
    expect(decoder('unix')('18446744073709551615')).toBeUndefined()
    expect(decoder('unix')(18446744073709551615n)).toBeUndefined()
  })
})

test('unix-ms reads milliseconds', () => {
  expect(decoder('unix-ms')(1_795_000_000_123)).toBe('2026-11-18T11:06:40.123Z')
})
