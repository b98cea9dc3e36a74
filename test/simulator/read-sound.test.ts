import { expect, test } from 'vitest'
import { readSound } from '../../src/simulator/sound/read-sound.ts'
import { tone, wav } from '../wire/small-audio.ts'

test.each([
  ['tone.wav', 'wav', 0.05],
  ['tone-alaw.wav', 'wav', 0.1],
  ['tone.mp3', 'mp3', 0.288],
  ['tone.flac', 'flac', 0.1],
  ['tone-vorbis.ogg', 'ogg-vorbis', 0.1],
  ['tone-opus.ogg', 'ogg-opus', 0.2065],
] as const)('%s is %s and lasts %d seconds, about', (name, format, seconds) => {
  const sound = readSound(tone(name))
  expect(sound?.format).toBe(format)
  expect(Math.abs((sound?.seconds ?? 0) - seconds)).toBeLessThan(0.04)
})

test.each([
  ['tone.m4a', 'm4a'],
  ['tone.webm', 'webm'],
  ['tone.aac', 'aac'],
] as const)('%s has its format, and a length that only a decoder could tell', (name, format) => {
  expect(readSound(tone(name))).toEqual({ format, seconds: undefined })
})

test('a WAV that is cut off plays as far as it goes, and one without a length to its end', () => {
  const whole = wav({ seconds: 4 })
  expect(readSound(whole)?.seconds).toBe(4)
  expect(readSound(whole.subarray(0, 2044))?.seconds).toBe(2)
  expect(readSound(wav({ seconds: 3, declared: 0 }))?.seconds).toBe(3)
})

test.each(['', 'RIFF', 'RIFF0000WAVE', 'OggS', '<!doctype html>', 'hello'])('%j is no sound', (text) => {
  expect(readSound(Buffer.from(text))).toBeUndefined()
})
