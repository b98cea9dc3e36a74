import { expect, test } from 'vitest'
import { subRip, webVtt } from '../../src/dialects/transcript-text.ts'

function segment(start: number, end: number, text: string) {
  return { start, end, text, tokens: [], temperature: 0, averageLogprob: 0, noSpeechProbability: 0 }
}

test('times have hours, and are rounded to the millisecond', () => {
  expect(subRip([segment(3599.9996, 36_610.5, ' late')])).toBe('1\n01:00:00,000 --> 10:10:10,500\nlate\n\n')
  expect(webVtt([segment(0.0004, 1.0006, ' early')])).toBe('WEBVTT\n\n00:00:00.000 --> 00:00:01.001\nearly\n\n')
})

test('what would end a cue or begin another does not', () => {
  expect(subRip([segment(0, 1, ' a\n\n2\n00:00 --> 00:01\nb')])).toBe(
    '1\n00:00:00,000 --> 00:00:01,000\na 2 00:00 -> 00:01 b\n\n',
  )
})

test.each(['a ---> b', 'a -----> b', 'a\r\r-->\r\n\r\nb'])(
  'a cue is one line without an arrow, whatever is said: %j',
  (text) => {
    const [, time, said] = webVtt([segment(0, 1, text)])
      .trim()
      .split(/\r\n|\r|\n/)
      .filter((line) => line !== '')
    expect([time, said]).toEqual(['00:00:00.000 --> 00:00:01.000', 'a -> b'])
  },
)

test('without a segment there are no cues', () => {
  expect([subRip([]), webVtt([])]).toEqual(['', 'WEBVTT\n\n'])
})
