import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readAudioHeader } from '../../src/wire/audio-header.ts'
import { box, oggPage, opusHead, opusTags, tone, wav } from './small-audio.ts'

const samples = [
  ['tone.wav', { format: 'wav', seconds: 0.05, counted: true }],
  ['tone-alaw.wav', { format: 'wav', seconds: 0.1, counted: true }],
  ['tone.mp3', { format: 'mp3', seconds: expect.closeTo(0.324), counted: true }],
  ['tone.flac', { format: 'flac', seconds: 0.1, counted: false }],
  ['tone-opus.ogg', { format: 'ogg', codec: 'opus', seconds: 0.22, counted: true }],
  ['tone-vorbis.ogg', { format: 'ogg', codec: 'vorbis', seconds: expect.closeTo(0.1), counted: false }],
  ['tone.m4a', { format: 'm4a', seconds: 0.3, counted: false }],
  ['tone-in-fragments.mp4', { format: 'm4a', seconds: undefined, counted: false }],
  ['tone.webm', { format: 'webm', seconds: 0.208, counted: false }],
  ['tone-live.webm', { format: 'webm', seconds: undefined, counted: false }],
] as const

test.each(samples)('%s is known by its bytes', (name, header) => {
  expect(readAudioHeader(tone(name))).toEqual(header)
})

test.each([
  ['WAV that is compressed', tone('tone-adpcm.wav')],
  ['AAC without a container', tone('tone.aac')],
  ['WAV without samples', wav({ seconds: 1 }).subarray(0, 36)],
  ['an MP4 of an `iamf` brand', Buffer.concat([box('ftyp', 'iamf\0\0\0\0iamf'), box('moov')])],
  ['an MP4 compatible with `iamf`', Buffer.concat([box('ftyp', 'isom\0\0\0\0mp42iamf'), box('moov')])],
  ['an MP4 with `iamf` inside', Buffer.concat([box('ftyp', 'M4A \0\0\0\0'), box('moov', box('trak', box('iamf')))])],
  ['an MP4 with `iamf` in a second movie', Buffer.concat([box('ftyp', 'M4A '), box('moov'), box('moov', 'iamf')])],
  ['an AVIF', Buffer.concat([box('ftyp', 'avif\0\0\0\0mif1'), box('moov')])],
  ['an MP4 without a movie', box('ftyp', 'M4A \0\0\0\0')],
  ['Matroska', Buffer.from('1a45dfa38b4282886d6174726f736b6118538067ffff', 'hex')],
  ['Ogg with Speex', oggPage([Buffer.from('Speex   1.2')])],
  ['two streams of Ogg in one', Buffer.concat([oggPage([opusHead]), oggPage([opusTags], { serial: 2 })])],
  ['Ogg with something behind it', Buffer.concat([tone('tone-opus.ogg'), Buffer.from('more')])],
  ['a FLAC without its first block', Buffer.from(`fLaC${'\x04'.repeat(60)}`, 'latin1')],
  ['one frame of MP3 and noise', Buffer.concat([tone('tone.mp3').subarray(0, 200), Buffer.alloc(200, 1)])],
  ['an ID3 tag alone', Buffer.from('ID3\x04\0\0\0\0\0\x0a'.padEnd(40, '\0'), 'latin1')],
  ['a picture', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')],
  ['nothing', Buffer.alloc(0)],
])('knows nothing of %s', (_name, bytes) => {
  expect(readAudioHeader(bytes)).toBeUndefined()
})

describe('the length', () => {
  test('of a WAV is that of its samples, whatever its header says of them', () => {
    for (const declared of [undefined, 0, 0xffffffff, 9_999_999]) {
      expect(readAudioHeader(wav({ seconds: 31, ...(declared !== undefined && { declared }) }))?.seconds).toBe(31)
    }
  })

  test('of an Ogg with Opus is counted in packets, whatever its pages say', () => {
    // Of 120 ms in two bytes: two frames of 60 ms of speech, in two equal parts.
    const packets = Array.from({ length: 250 }, () => Buffer.from([0x19, 0]))
    const page = oggPage(packets, { position: 48_000n })
    const sound = [oggPage([opusHead]), oggPage([opusTags]), page, page]
    expect(readAudioHeader(Buffer.concat(sound))?.seconds).toBe(60)
    const days = [...sound, ...Array.from({ length: 5000 }, () => page)]
    const seconds = readAudioHeader(Buffer.concat(days))?.seconds ?? 0
    expect(seconds).toBeGreaterThan(600)
    expect(seconds).toBeLessThan(700)
  })

  test('of a WebM is unknown where its words make no number', () => {
    const webm = tone('tone.webm').toString('hex')
    // Without end, in units of nothing; what stands in the place of the unit's bytes says nothing.
    const nonsense = webm.replace('2ad7b1830f4240', '2ad7b180ec8100').replace(/448988.{16}/, '4489887ff0000000000000')
    expect(nonsense).toHaveLength(webm.length)
    expect(readAudioHeader(Buffer.from(nonsense, 'hex'))).toEqual({
      format: 'webm',
      seconds: undefined,
      counted: false,
    })
  })

  test('of an Ogg of which only the beginning is there is guessed, wherever that ends', () => {
    const beginning = Buffer.concat([oggPage([opusHead]), oggPage([opusTags])])
    const page = oggPage(Array.from({ length: 20 }, () => Buffer.from([0x19, 0])))
    const whole = Buffer.concat([beginning, page, page])
    for (let cut = beginning.length + 1; cut < whole.length; cut++) {
      const header = readAudioHeader(whole.subarray(0, cut), whole.length)
      expect(header, `cut at ${cut}`).toMatchObject({ format: 'ogg', codec: 'opus', counted: false })
    }
  })

  test('of a packet that goes on in the next page is counted once', () => {
    const [first, rest] = [Buffer.alloc(255, 0x18), Buffer.alloc(10, 0x18)]
    const pages = [oggPage([opusHead]), oggPage([opusTags]), oggPage([first]), oggPage([rest], { continued: true })]
    expect(readAudioHeader(Buffer.concat(pages))?.seconds).toBe(0.06)
  })

  test('of an MP3 is that of all frames, with tags before, between and behind them', () => {
    const mp3 = tone('tone.mp3')
    const tag = Buffer.concat([Buffer.from('ID3\x04\0\0\0\0\x01\x00', 'latin1'), Buffer.alloc(128, 0xff)])
    const noise = Buffer.alloc(300, 0x41)
    // The sample has a tag of its own in front.
    const frames = mp3.subarray(mp3.indexOf(0xff))
    const seconds = readAudioHeader(Buffer.concat([tag, frames, noise, frames, Buffer.from('TAG'), noise]))?.seconds
    expect(seconds).toBeCloseTo(2 * 0.324)
  })

  test('of an M4A may be written in 64 bits', () => {
    const header = Buffer.alloc(100)
    header.writeUInt8(1, 0)
    header.writeUInt32BE(1000, 20)
    header.writeBigUInt64BE(31_000n, 24)
    const m4a = Buffer.concat([box('ftyp', 'M4A \0\0\0\0'), box('mdat'), box('moov', box('mvhd', header))])
    expect(readAudioHeader(m4a)?.seconds).toBe(31)
  })
})

describe('whatever the bytes are', () => {
  test.each(samples)('%s may be cut anywhere', (name) => {
    const bytes = tone(name)
    for (let length = 0; length < bytes.length; length++) readAudioHeader(bytes.subarray(0, length))
  })

  test.each(samples)('%s may be damaged anywhere', (name) => {
    const bytes = tone(name)
    const damage = fc.array(fc.tuple(fc.nat(Math.min(600, bytes.length - 1)), fc.nat(255)), { maxLength: 8 })
    const property = fc.property(damage, (places) => {
      const damaged = Buffer.from(bytes)
      for (const [place, value] of places) damaged[place] = value
      const seconds = readAudioHeader(damaged)?.seconds ?? 0
      expect(seconds).toBeGreaterThanOrEqual(0)
    })
    fc.assert(property, { numRuns: 300 })
  })

  test.each([
    ['chunks of WAV', (many: number) => wav({ seconds: 1, before: Buffer.alloc(8 * many, 'junk\0\0\0\0') })],
    [
      'boxes of MP4',
      (many: number) => Buffer.concat([box('ftyp', 'M4A '), Buffer.alloc(8 * many, box('free')), box('moov')]),
    ],
  ])('the thousandth of empty %s is the last that is looked at', (_name, build) => {
    expect(readAudioHeader(build(900))).toBeDefined()
    expect(readAudioHeader(build(1_000_000))).toBeUndefined()
  })

  test('the thousandth of empty elements of WebM is the last that is looked at', () => {
    const webm = tone('tone.webm')
    const segment = webm.indexOf(Buffer.from('18538067', 'hex'))
    // The segment's size is written in eight bytes; all ones say that it is not known.
    const head = Buffer.concat([webm.subarray(0, segment + 4), Buffer.from('01ffffffffffffff', 'hex')])
    const build = (many: number) =>
      Buffer.concat([head, Buffer.alloc(2 * many, '\xec\x80', 'latin1'), webm.subarray(segment + 12)])
    expect(readAudioHeader(build(900))?.seconds).toBe(0.208)
    expect(readAudioHeader(build(1_000_000))).toMatchObject({ format: 'webm', seconds: undefined })
  })

  test('marks of MP3 without frames are not looked at for ever', () => {
    const mp3 = tone('tone.mp3')
    expect(readAudioHeader(Buffer.concat([mp3, Buffer.alloc(50_000, 0xff)]))).toBeDefined()
    expect(readAudioHeader(Buffer.concat([mp3, Buffer.alloc(5_000_000, 0xff)]))).toBeUndefined()
  })

  test('empty pages of Ogg are not looked at for ever', () => {
    const empty = oggPage([])
    const sound = Buffer.concat([oggPage([opusHead]), oggPage([opusTags]), Buffer.alloc(empty.length * 300_000, empty)])
    expect(readAudioHeader(sound)).toBeUndefined()
  })
})

describe('WebM', () => {
  const webm = () => tone('tone.webm').toString('hex')

  test('whose only track is of pictures says that it is silent', () => {
    expect(readAudioHeader(Buffer.from(webm().replace('838102', '838101'), 'hex'))).toMatchObject({ silent: true })
  })

  test('whose tracks do not say what they are is not taken for silent', () => {
    for (const unsaid of ['ec8102', '83ff02']) {
      expect(readAudioHeader(Buffer.from(webm().replace('838102', unsaid), 'hex'))).not.toHaveProperty('silent')
    }
  })
})
