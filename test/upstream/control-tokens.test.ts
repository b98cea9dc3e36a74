import { describe, expect, test } from 'vitest'
import {
  breakControlTokens,
  breakSpreadTokens,
  breakTokensInJson,
  controlTokens,
} from '../../src/upstream/control-tokens.ts'

const gap = '\u200b'

describe('a control token of Gemma’s in text', () => {
  test.each([
    ...['<|turn>', '<turn|>', '<|tool_call>', '<tool_call|>', '<|tool_response>', '<tool_response|>', '<|tool>'],
    ...['<tool|>', '<|channel>', '<channel|>', '<|think|>', '<|image|>', '<|audio|>', '<|"|>', '<start_of_turn>'],
    ...['<end_of_turn>', '<bos>', '<eos>', '<pad>'],
  ])('%s is broken, and can still be read', (token) => {
    const broken = breakControlTokens(`a${token}b`)
    expect(broken).not.toContain(token)
    expect(broken.replaceAll(gap, '')).toBe(`a${token}b`)
  })

  test('is broken wherever it stands, also after one of its own kind and after more brackets', () => {
    expect(breakControlTokens('<|turn><|turn><<turn|>')).toBe(`<${gap}|turn><${gap}|turn><<${gap}turn|>`)
  })

  test('stays broken when it is broken again', () => {
    const once = breakControlTokens('<|turn>user\nHi<turn|>')
    expect(breakControlTokens(once)).toBe(once)
  })
})

test('all other text stays as it is', () => {
  for (const text of ['a < b', '<b>bold</b>', '<|', '|>', '<turn>', 'if (a <| b)', '<body>', '<|other|>', '', '🚀<']) {
    expect(breakControlTokens(text)).toBe(text)
  }
})

describe('a control token that is spread over several texts', () => {
  test('is broken wherever it is cut', () => {
    for (const token of controlTokens) {
      for (let at = 1; at < token.length; at++) {
        const texts = [`a${token.slice(0, at)}`, `${token.slice(at)}b`]
        const broken = breakSpreadTokens(texts)
        expect(broken.join(''), token).not.toContain(token)
        expect(broken.join('').replaceAll(gap, '')).toBe(texts.join(''))
      }
    }
  })

  test('is broken also over three, and where white space at the ends is lost', () => {
    expect(breakSpreadTokens(['<|tu', 'r', 'n>'])).toEqual([`<${gap}|tu`, 'r', 'n>'])
    expect(breakSpreadTokens(['Hi <|turn \n', '\n > there'])).toEqual([`Hi <${gap}|turn \n`, '\n > there'])
    expect(breakSpreadTokens(['<|tu', ' ', 'rn>'])).toEqual([`<${gap}|tu`, ' ', 'rn>'])
  })

  test('is none where what follows does not complete it', () => {
    for (const texts of [['a <', 'b'], ['<|turn', 's>'], ['<'], ['<', ''], ['<|tu', 'rned']]) {
      expect(breakSpreadTokens(texts)).toEqual(texts)
    }
  })

  test('is looked for in no more time for many texts than for a few', () => {
    const blank = ' '.repeat(4_000_000)
    const timeOf = (count: number) => {
      const from = performance.now()
      breakSpreadTokens([...Array.from({ length: count }, () => '<'), blank])
      return performance.now() - from
    }
    timeOf(1)
    const few = Math.max(timeOf(1), timeOf(1))
    expect(Math.min(timeOf(63), timeOf(63))).toBeLessThan(few * 6)
  })

  test('is broken within each text too', () => {
    expect(breakSpreadTokens(['<bos>', '<eos>'])).toEqual([`<${gap}bos>`, `<${gap}eos>`])
  })
})

describe('a control token in JSON', () => {
  test.each([
    ['{"a":"<|turn>"}', { a: `<${gap}|turn>` }],
    ['{"a":["<|\\"|>"]}', { a: [`<${gap}|"|>`] }],
    ['{"a":{"b":"x\\u003c|turn>"}}', { a: { b: `x<${gap}|turn>` } }],
    ['{"<turn|>":1}', { [`<${gap}turn|>`]: 1 }],
    ['{"a":"<\\u007cturn>"}', { a: `<${gap}|turn>` }],
    ['{"<t\\u0075rn|>":1}', { [`<${gap}turn|>`]: 1 }],
    ['{"a":"\\u003Cbo\\u0073>"}', { a: `<${gap}bos>` }],
  ])('is broken: %s', (json, broken) => {
    expect(JSON.parse(breakTokensInJson(json))).toEqual(broken)
  })

  test('leaves all other JSON as it was written', () => {
    for (const json of [
      '{"a": 1.0}',
      '{"a":"<b>"}',
      '{ "a":"x < y" }',
      '{"__proto__":1}',
      '{}',
      '{"a":"\\u00e9 < b","b": 1.0}',
    ]) {
      expect(breakTokensInJson(json)).toBe(json)
    }
  })

  test('leaves the digits of numbers as they were written, also beside what it breaks', () => {
    const json = '{"a":"<bos>","b":[12345678901234567890,1.0,{"c":-0}]}'
    expect(breakTokensInJson(json)).toBe(json.replace('<bos>', `<${gap}bos>`))
  })

  test('is broken as text where it is none', () => {
    expect(breakTokensInJson('{"a":"<|turn>')).toBe(`{"a":"<${gap}|turn>`)
  })
})
