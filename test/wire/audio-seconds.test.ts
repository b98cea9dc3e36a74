import { expect, test } from 'vitest'
import { audioSeconds } from '../../src/wire/audio-seconds.ts'
import { wav } from './small-audio.ts'

test('tells how long audio is, and the most there may be where it does not say', () => {
  expect(audioSeconds({ data: wav({ seconds: 2 }).toString('base64') }, 30)).toBeCloseTo(2)
  expect(audioSeconds({ data: 'bm8gc291bmQ=' }, 30)).toBe(30)
})

test('decodes a piece once, however often it is asked', () => {
  let reads = 0
  const piece = {
    get data() {
      reads++
      return wav({ seconds: 2 }).toString('base64')
    },
  }
  for (let times = 0; times < 5; times++) expect(audioSeconds(piece, 30)).toBeCloseTo(2)
  expect(reads).toBe(1)
})
