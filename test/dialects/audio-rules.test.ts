import { describe, expect, test } from 'vitest'
import { decodeAudio } from '../../src/dialects/audio-rules.ts'
import { failureNow } from '../chat/failure-of.ts'
import { oggPage, opusHead, opusTags, tone, wav } from '../wire/small-audio.ts'
import { policy } from './policy.ts'

const field = 'messages[0].content[1].input_audio.data'

function decode(bytes: Buffer) {
  return decodeAudio({ base64: bytes.toString('base64'), field }, policy)
}

function refusal(bytes: Buffer) {
  return failureNow(() => decode(bytes))
}

test.each([
  ['tone.wav', 'wav'],
  ['tone.mp3', 'mp3'],
  ['tone.flac', 'flac'],
  ['tone-opus.ogg', 'ogg'],
  ['tone-vorbis.ogg', 'ogg'],
  ['tone.m4a', 'm4a'],
  ['tone-in-fragments.mp4', 'm4a'],
  ['tone.webm', 'webm'],
  ['tone-live.webm', 'webm'],
])('%s is sent on as the %s that its bytes are', (name, format) => {
  const data = tone(name).toString('base64')
  expect(decode(tone(name))).toEqual({ type: 'input_audio', input_audio: { data, format } })
})

describe('audio is refused', () => {
  test.each([
    ['that is compressed inside a WAV', tone('tone-adpcm.wav')],
    ['without a container', tone('tone.aac')],
    ['that is a picture', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')],
  ])('%s', (_name, bytes) => {
    const failure = refusal(bytes)
    expect(failure).toMatchObject({ kind: 'invalid-request', field })
    expect(failure.message).toContain('WAV, MP3, FLAC')
  })

  test.each(['', 'UklGRg', 'UklG Rg=', 'data:audio/wav;base64,UklGRg=='])('in other text than base64: %j', (base64) => {
    const failure = failureNow(() => decodeAudio({ base64, field }, policy))
    expect(failure).toMatchObject({ kind: 'invalid-request', field })
    expect(failure.message).toContain('strict base64')
  })

  test('above 30 seconds of WAV, and not below', () => {
    expect(() => decode(wav({ seconds: 30 }))).not.toThrow()
    const failure = refusal(wav({ seconds: 30.1 }))
    expect(failure).toMatchObject({ kind: 'invalid-request', field })
    expect(failure.message).toContain('found audio of 30.1 seconds, wanted at most 30 seconds')
  })

  test('above 30 seconds of FLAC, by its own word', () => {
    const flac = tone('tone.flac')
    flac.writeUInt32BE(8000 * 31, 22)
    expect(refusal(flac).message).toContain('31.0 seconds')
  })

  test('above 30 seconds of Opus, but for what encoders add', () => {
    const page = oggPage(Array.from({ length: 10 }, () => Buffer.from([0x19, 0])))
    const opus = (pages: number) =>
      Buffer.concat([oggPage([opusHead]), oggPage([opusTags]), Buffer.alloc(page.length * pages, page)])
    expect(() => decode(opus(25))).not.toThrow()
    expect(refusal(opus(26)).message).toContain('31.2 seconds')
    expect(refusal(opus(100_000)).message).toContain('more than 600 seconds')
  })

  test('in more bytes than half a minute can have, where the length is only claimed', () => {
    const webm = Buffer.concat([tone('tone-live.webm'), Buffer.alloc(2_000_000)])
    expect(refusal(webm).message).toContain('at most 2000000')
    expect(() => decode(Buffer.concat([tone('tone.flac'), Buffer.alloc(2_000_000)]))).not.toThrow()
  })

  test('above 25 MB', () => {
    const flac = Buffer.concat([tone('tone.flac'), Buffer.alloc(25_000_000)])
    expect(refusal(flac).message).toContain('at most 25000000')
  })

  test('where the owner allows none', () => {
    const base64 = tone('tone.wav').toString('base64')
    const failure = failureNow(() => decodeAudio({ base64, field }, { ...policy, maxAudio: 0 }))
    expect(failure).toMatchObject({ kind: 'unsupported-field', field })
  })
})
