import { expect, test } from 'vitest'
import { languageCode, languageName } from '../../src/speech/languages.ts'

test.each([
  ['ru', 'ru'],
  ['Russian', 'ru'],
  [' DE ', 'de'],
  ['pt-BR', 'pt'],
  ['zh_Hans', 'zh'],
  ['haw', 'haw'],
  ['yue', 'yue'],
  ['maori', 'mi'],
  ['haitian creole', 'ht'],
])('%j is the language %s', (written, code) => {
  expect(languageCode(written)).toBe(code)
})

test.each(['xx', 'klingon', '', 'de; rm', 'e'])('%j is none', (written) => {
  expect(languageCode(written)).toBeUndefined()
})

test('a name is told for a code and for a name alike', () => {
  expect(['ru', 'russian', 'German', 'mi', 'jw', 'something'].map(languageName)).toEqual([
    'russian',
    'russian',
    'german',
    'maori',
    'javanese',
    'something',
  ])
})
