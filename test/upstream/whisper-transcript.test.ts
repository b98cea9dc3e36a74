import { describe, expect, test } from 'vitest'
import { readTranscript } from '../../src/upstream/whisper-transcript.ts'
import { turnsDuring } from '../wire/turns-during.ts'

const piece = (word: string, start: number, end: number) => ({ word, start, end, t_dtw: -1, probability: 0.5 })

async function wordsOf(text: string, ...pieces: string[]): Promise<string[] | undefined> {
  const words = pieces.map((word, index) => piece(word, index, index + 1))
  const told = { text, duration: 60, segments: [{ text, start: 0, end: 60, words }] }
  return (await readTranscript(told)).words?.map(({ word }) => word)
}

describe("whisper.cpp's tokens", () => {
  test.each([
    [' Hello, world!', [' Hel', 'lo', ',', ' wor', 'ld', '!'], ['Hello,', 'world!']],
    ["It's 3.5 %", ['It', "'s", ' 3', '.', '5', ' %'], ["It's", '3.5', '%']],
    ['你好。世界', ['你', '好', '。', '世界'], ['你', '好。', '世界']],
    [' Grüße an', [' Gr', '\ufffd', '\ufffd', 'ße', ' an'], ['Grüße', 'an']],
    [' one', [' ', ' one'], ['one']],
    ['', [], undefined],
  ] as const)('of %j are put together to words', async (text, pieces, words) => {
    expect(await wordsOf(text, ...pieces)).toEqual(words)
  })

  test('give a word its first start, its last end and its least probability', async () => {
    const words = [piece(' Hel', 1, 2), { ...piece('lo', 2, 3), probability: 0.25 }]
    const { words: told } = await readTranscript({ text: ' Hello', segments: [{ text: ' Hello', words }] })
    expect(told).toEqual([{ word: 'Hello', start: 1, end: 3, probability: 0.25 }])
  })
})

describe('times', () => {
  test('do not go beyond the audio, nor back, and are told to the millisecond', async () => {
    const words = [piece(' a', 1.2000000000000002, 1.1), piece(' b', 1.5, 30)]
    const segments = [{ text: ' a b', start: 0.019999999552965164, end: 20.240000000000002, words }]
    const told = await readTranscript({ text: ' a b', duration: 2.0000001, segments })
    expect(told).toMatchObject({ seconds: 2, segments: [{ start: 0.02, end: 2 }] })
    expect(told.words).toMatchObject([
      { start: 1.2, end: 1.2 },
      { start: 1.5, end: 2 },
    ])
  })

  test('may be missing', async () => {
    const told = await readTranscript({ text: 'a', segments: [{ text: ' a' }] })
    expect(told).toMatchObject({ seconds: undefined, words: null, segments: [{ start: 0, end: 0, tokens: [] }] })
  })
})

test('a text on several lines is one, where its script has spaces', async () => {
  expect((await readTranscript({ text: ' Hello there.\n How are you?\n' })).text).toBe('Hello there. How are you?')
  expect((await readTranscript({ text: '你好\n世界\n' })).text).toBe('你好世界')
})

test.each([{}, { text: 7 }, { text: '', segments: [{}] }, { text: '', duration: -1 }, { text: '', duration: 'long' }])(
  '%j is no transcript',
  async (answer) => {
    await expect(readTranscript(answer)).rejects.toThrow()
  },
)

test('hours of speech are read in turns, so that others are served meanwhile', async () => {
  const words = Array.from({ length: 40 }, (_, index) => piece(' word', index, index + 1))
  const segments = Array.from({ length: 8000 }, () => ({ text: ' word'.repeat(40), start: 0, end: 1, words }))
  const turns = await turnsDuring(async () => {
    expect((await readTranscript({ text: 'word', segments })).words).toHaveLength(320_000)
  })
  expect(turns).toBeGreaterThan(0)
})
