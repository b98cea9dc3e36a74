import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { tokenId, tokenize } from '../../src/simulator/request/tokenizer.ts'

describe('the tokenizer', () => {
  test('loses nothing of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(tokenize(text).join('')).toBe(text)
      }),
    )
  })

  test.each([
    ['', []],
    ['Hello there', ['Hello', ' there']],
    ['Simulated  reply ', ['Simula', 'ted', '  reply', ' ']],
    ['天気はどう', ['天気', 'はど', 'う']],
    ['👋🏽 ok', ['👋🏽', ' ok']],
    ['a<turn|>b', ['a', '<turn|>', 'b']],
    ['1 < 2', ['1', ' <', ' 2']],
  ])('cuts %j', (text, tokens) => {
    expect(tokenize(text)).toEqual(tokens)
  })

  test('knows the ids of control tokens, and gives none of them to words', () => {
    expect(['<bos>', '<|turn>', '<turn|>', '<|tool_response>'].map(tokenId)).toEqual([2, 105, 106, 50])
    fc.assert(
      fc.property(fc.stringMatching(/^\w{1,6}$/), (word) => {
        expect(tokenId(word)).toBeGreaterThanOrEqual(1000)
        expect(tokenId(word)).toBe(tokenId(word))
      }),
    )
  })
})
