import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hasTooManyValues } from '../../src/wire/json-values.ts'

/** Values as JSON.parse finds them: names count as one with their value. */
function valuesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  return 1 + Object.values(value).reduce((sum: number, inner) => sum + valuesIn(inner), 0)
}

test('what has as many values as may be is never refused, whatever its strings hold', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      // A name and its value have two marks.
      expect(hasTooManyValues(JSON.stringify(value), valuesIn(value) * 2)).toBe(false)
    }),
  )
})

test.each(['{},', '1,', '[],', '{"a":', '"\\\\",'])('a body full of %s is refused before it is parsed', (piece) => {
  const from = performance.now()
  expect(hasTooManyValues(`[${piece.repeat(600_000)}`)).toBe(true)
  expect(performance.now() - from).toBeLessThan(2000)
})

test('a long string is one value', () => {
  const image = JSON.stringify({ url: `${'\\"[{,:'.repeat(1_000_000)}` })
  expect(hasTooManyValues(image)).toBe(false)
})
