import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSeal } from '../../src/wire/seal.ts'

const secret = randomBytes(32)
const seal = createSeal(secret)

test('what was closed for an owner opens for that owner, also in another process with the same secret', () => {
  const elsewhere = createSeal(secret)
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, owner) => {
      expect(elsewhere.open(seal.close(text, owner), owner)).toBe(text)
    }),
  )
})

test('a token is letters that fit into a header and a URL', () => {
  expect(seal.close('é☃ thinking', 'key')).toMatch(/^[\w-]+$/)
})

test('a token opens for nobody else, and not with another secret', () => {
  const token = seal.close('thinking', 'key-1')
  expect(seal.open(token, 'key-2')).toBeUndefined()
  expect(createSeal(randomBytes(32)).open(token, 'key-1')).toBeUndefined()
})

test('a token that was altered anywhere does not open', () => {
  const token = Buffer.from(seal.close('thinking', 'key'), 'base64url')
  for (let index = 0; index < token.length; index++) {
    const altered = Buffer.from(token)
    altered[index] = (altered[index] ?? 0) ^ 1
    expect(seal.open(altered.toString('base64url'), 'key')).toBeUndefined()
  }
})

test.each(['', 'AA', 'c2ln', 'skip_thought_signature_validator', 'not base64!', 'A'.repeat(2_000_000)])(
  'a foreign token is not opened (%#)',
  (token) => {
    expect(seal.open(token, 'key')).toBeUndefined()
  },
)
