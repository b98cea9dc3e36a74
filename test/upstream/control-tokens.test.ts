import { describe, expect, test } from 'vitest'
import { breakControlTokens } from '../../src/upstream/control-tokens.ts'

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
