import fc from 'fast-check'
import { expect, test } from 'vitest'
import { shareTokens } from '../../src/embeddings/share-tokens.ts'

function share(counted: number | undefined, estimated = counted ?? 1, inputs = 1) {
  return { counted, estimated, inputs }
}

test('who is alone has all of it, whatever was counted', () => {
  expect(shareTokens(9, [share(undefined)])).toEqual({ tokens: [9], isExact: true })
})

test('counts that make up the whole are exact', () => {
  expect(shareTokens(12, [share(5), share(7)])).toEqual({ tokens: [5, 7], isExact: true })
})

test('marks that the tokenizer leaves out are added for each input', () => {
  expect(shareTokens(18, [share(5, 5, 2), share(7, 7, 1)])).toEqual({ tokens: [9, 9], isExact: true })
  expect(shareTokens(10, [share(5), share(7)])).toEqual({ tokens: [4, 6], isExact: true })
})

test('counts that do not make up the whole are no counts', () => {
  expect(shareTokens(100, [share(5, 1), share(7, 3)])).toEqual({ tokens: [25, 75], isExact: false })
  expect(shareTokens(13, [share(5), share(7)]).isExact).toBe(false)
})

test('without a count it is shared by estimate', () => {
  expect(shareTokens(10, [share(undefined, 1), share(4, 4)])).toEqual({ tokens: [2, 8], isExact: false })
})

test('the shares are always the whole', () => {
  const shares = fc.array(
    fc.record({
      counted: fc.option(fc.nat(100), { nil: undefined }),
      estimated: fc.nat(100),
      inputs: fc.integer({ min: 1, max: 5 }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  fc.assert(
    fc.property(fc.nat(1000), shares, (total, all) => {
      fc.pre(all.length === 1 || all.some(({ estimated }) => estimated > 0))
      const { tokens } = shareTokens(total, all)
      expect(tokens.reduce((sum, one) => sum + one, 0)).toBe(total)
      expect(tokens.every((one) => one >= 0)).toBe(true)
    }),
  )
})
