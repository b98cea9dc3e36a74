import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createKey, hashKey, hintOf, isPresentable, looksLikeKey } from '../../src/keys/key-format.ts'

const key = fc.constant(null).map(createKey)

describe('a new key', () => {
  test('bears the prefix, 256 bits and a checksum, in letters that a double click selects whole', () => {
    fc.assert(fc.property(key, (made) => /^vgw_[0-9A-Za-z]{49}$/.test(made) && looksLikeKey(made)))
  })

  test('is never one that there was', () => {
    expect(new Set(Array.from({ length: 1000 }, createKey)).size).toBe(1000)
  })

  test('uses all of its 256 bits', () => {
    const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
    const numbers = Array.from({ length: 200 }, () => {
      const body = createKey().slice(4, 47)
      return [...body].reduce((sum, digit) => sum * 62n + BigInt(digits.indexOf(digit)), 0n)
    })
    const seen = numbers.reduce((all, number) => all | number, 0n)
    expect(seen).toBe(2n ** 256n - 1n)
  })
})

describe('looksLikeKey', () => {
  test('tells a key with any one character changed from a right one', () => {
    const change = fc.record({ made: key, at: fc.nat(52), by: fc.constantFrom(...'abcXYZ019_-') })
    fc.assert(
      fc.property(change, ({ made, at, by }) => {
        fc.pre(made[at] !== by)
        const changed = made.slice(0, at) + by + made.slice(at + 1)
        return looksLikeKey(changed) !== changed.startsWith('vgw_')
      }),
    )
  })

  test('tells a key that was cut or lengthened from a whole one', () => {
    const made = createKey()
    expect([made.slice(0, -1), `${made}0`, 'vgw_', `${made}\n`].map(looksLikeKey)).toEqual([false, false, false, false])
  })

  test('says nothing of credentials that do not bear our prefix', () => {
    expect(['sk-123', 'VGW_abc', 'x'].map(looksLikeKey)).toEqual([true, true, true])
  })
})

test('hashes as everybody does', () => {
  expect(hashKey('abc')).toBe(createHash('sha256').update('abc').digest('hex'))
  expect(hashKey('abc', 'sha512')).toBe(createHash('sha512').update('abc').digest('hex'))
})

test('hints at a key by its last four characters', () => {
  expect(hintOf('vgw_abcdefgh')).toBe('efgh')
})

test('looks at what a header can hold, of 4096 characters at most', () => {
  expect(['a', '~'.repeat(4096), '!"#$%', 'a b'].map(isPresentable)).toEqual([true, true, true, true])
  expect(['', 'a'.repeat(4097), 'a ', ' a', ' ', 'a\n', 'ä', 'a\0', '\u007f'].map(isPresentable)).toEqual(
    Array(9).fill(false),
  )
})
