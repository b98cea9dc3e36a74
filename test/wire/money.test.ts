import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatMoney, readMoney } from '../../src/wire/money.ts'

describe('money', () => {
  test.each([
    ['0.03', 30_000],
    ['0.000001', 1],
    ['12', 12_000_000],
    ['999999999.999999', 999_999_999_999_999],
    [0.03, 30_000],
  ])('%s is read exactly', (text, micro) => {
    expect(readMoney(text)).toBe(micro)
    expect(formatMoney(micro)).toBe(String(text))
  })

  test.each(['', '.5', '1.', '-1', '+1', '1e3', '1,5', '0.0000001', '1234567890', ' 1', 'NaN', 1e-7, 1e21])(
    '%s is no amount',
    (text) => {
      expect(readMoney(text)).toBeUndefined()
    },
  )

  test('is the same after it was told and read', () => {
    const amounts = fc.integer({ min: 0, max: 999_999_999_999_999 })
    fc.assert(fc.property(amounts, (micro) => readMoney(formatMoney(micro)) === micro))
  })

  test('is told exactly beyond what a number holds, and below nothing', () => {
    expect(formatMoney(123_456_789_012_345_678_901n)).toBe('123456789012345.678901')
    expect(formatMoney(-1_500_000)).toBe('-1.5')
    expect(formatMoney(-1n)).toBe('-0.000001')
  })
})
