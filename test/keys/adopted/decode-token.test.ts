import { hash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { decodeToken } from '../../../src/keys/adopted/decode-token.ts'
import { hashKey } from '../../../src/keys/key-format.ts'

const key = 'my-Key'
const sha256 = hash('sha256', key, 'hex')
const sha512 = hash('sha512', key, 'hex')
const base64 = hash('sha256', key, 'base64')

test.each([
  ['plain', key, hashKey(key)],
  ['plain', Buffer.from(key), hashKey(key)],
  ['sha256', sha256, sha256],
  ['sha256', sha256.toUpperCase(), sha256],
  ['sha256', Buffer.from(sha256, 'hex'), sha256],
  ['sha256', Buffer.from(sha256), sha256],
  ['sha256-base64', base64, sha256],
  ['sha256-base64', base64.replace('=', ''), sha256],
  ['sha256-base64', base64.replaceAll('+', '-').replaceAll('/', '_'), sha256],
  ['sha256-base64', Buffer.from(sha256, 'hex'), sha256],
  ['sha512', sha512, sha512],
  ['sha512', Buffer.from(sha512, 'hex'), sha512],
] as const)('%s reads %s', (encoding, value, expected) => {
  expect(decodeToken(value, encoding)).toEqual({ hash: expected })
})

test.each([
  ['plain', Buffer.from(`${key}\0\0`), hashKey(key)],
  ['sha256', Buffer.concat([Buffer.from(sha256), Buffer.alloc(36)]), sha256],
  ['sha256', Buffer.concat([Buffer.alloc(31, 1), Buffer.alloc(1)]), `${'01'.repeat(31)}00`],
] as const)('%s reads what a column of a fixed length makes longer', (encoding, value, expected) => {
  expect(decodeToken(value, encoding, true)).toEqual({ hash: expected })
})

test('nothing but padding is no token', () => {
  expect(decodeToken(Buffer.alloc(8), 'plain', true)).toEqual({ problem: 'no-token' })
})

describe('a token that is not one', () => {
  test.each(['plain', 'sha256', 'sha256-base64', 'sha512'] as const)('is refused as %s', (encoding) => {
    expect([null, undefined, ''].map((value) => decodeToken(value, encoding))).toEqual(
      Array(3).fill({ problem: 'no-token' }),
    )
    expect([0, 1, 12n, true].map((value) => decodeToken(value, encoding))).toEqual(
      Array(4).fill({ problem: 'no-text' }),
    )
  })

  test('is one that no client could send', () => {
    const values = [' a', 'a ', 'ä', 'a\0', 'x'.repeat(4097), Buffer.from([0, 1, 2]), Buffer.from('a\0\0')]
    expect(values.map((value) => decodeToken(value, 'plain'))).toEqual(
      values.map(() => ({ problem: 'not-presentable' })),
    )
  })

  test('is a hash with anything more or less', () => {
    const values = [`${sha256} `, sha256.slice(1), `${sha256}0`, sha512, base64, `0x${sha256}`, Buffer.alloc(31)]
    expect(values.map((value) => decodeToken(value, 'sha256'))).toEqual(values.map(() => ({ problem: 'no-hash' })))
  })
})
