import { describe, expect, test } from 'vitest'
import { inspectUpload, secondsAtMost } from '../../src/speech/inspect-upload.ts'
import { readAudioHead } from '../../src/speech/read-audio-head.ts'
import { encodeTone, toneWav } from '../gateway/speech-rig.ts'
import { fileOf } from './temporary-folder.ts'

describe('of a large file', () => {
  test('WAV is measured by its whole length', async () => {
    expect(await readAudioHead(await fileOf(toneWav(60)))).toEqual({ format: 'wav', seconds: 60, counted: true })
  })

  test('M4A is found whose table is at its end, behind all of the sound', async () => {
    const m4a = await encodeTone(100, '-c:a', 'aac', '-b:a', '192k', '-ar', '48000', '-f', 'ipod')
    expect(m4a.indexOf('moov')).toBeGreaterThan(1_048_576)
    const { format, seconds } = (await readAudioHead(await fileOf(m4a))) ?? {}
    expect([format, Math.round(seconds ?? 0)]).toEqual(['m4a', 100])
  })

  test('MP3 is found behind a tag of any size, and its length is an estimate', async () => {
    const mp3 = await encodeTone(
      50,
      '-c:a',
      'libmp3lame',
      '-b:a',
      '64k',
      '-write_xing',
      '0',
      '-id3v2_version',
      '0',
      '-f',
      'mp3',
    )
    const tagged = Buffer.concat([id3(3_000_000), mp3])
    const { format, seconds = 0, counted } = (await readAudioHead(await fileOf(tagged))) ?? {}
    expect([format, Math.round(seconds)]).toEqual(['mp3', 50])
    expect(counted).toBe(true)
    const long = Buffer.concat(Array.from({ length: 4 }, () => mp3))
    const guessed = await readAudioHead(await fileOf(long))
    expect(guessed).toMatchObject({ format: 'mp3', counted: false })
    expect(guessed?.seconds).toBeCloseTo(200, -1)
  })

  test('Ogg is counted in its beginning, which is no count', async () => {
    const ogg = await encodeTone(80, '-c:a', 'libopus', '-b:a', '160k', '-ar', '48000', '-f', 'ogg')
    expect(ogg.length).toBeGreaterThan(1_048_576)
    const header = await readAudioHead(await fileOf(ogg))
    expect(header).toMatchObject({ format: 'ogg', codec: 'opus', counted: false })
    expect(header?.seconds).toBeCloseTo(80, -1)
  })
})

/** A tag of this many bytes, such as a picture makes. */
function id3(bytes: number): Buffer {
  const tag = Buffer.alloc(10 + bytes)
  tag.write('ID3\x03', 0, 'latin1')
  for (let place = 0; place < 4; place++) tag.writeUInt8((bytes >> (7 * (3 - place))) & 0x7f, 6 + place)
  return tag
}

const fileType = Buffer.from('\0\0\0\x10ftypM4A \0\0\0\0', 'latin1')
const table = Buffer.concat([Buffer.from('\0\x98\x96\x80moov', 'latin1'), Buffer.alloc(9_999_992)])

describe('what is no audio', () => {
  test.each([
    ['a file of boxes without a table', Buffer.concat([fileType, Buffer.alloc(2_000_000)])],
    [
      'a box that is longer than the file',
      Buffer.concat([Buffer.from('\x7f\0\0\0ftypM4A ', 'latin1'), Buffer.alloc(2_000_000)]),
    ],
    ['tables that are together larger than any', Buffer.concat([fileType, ...Array.from({ length: 4 }, () => table)])],
    ['a tag and nothing behind it', id3(2_000_000)],
    ['zeros', Buffer.alloc(3_000_000)],
  ])('is seen as such: %s', async (_name, bytes) => {
    expect(await readAudioHead(await fileOf(bytes))).toBeUndefined()
  })
})

describe('the most that audio may last', () => {
  test('is what was counted, and else what its bytes allow, up to the bound', async () => {
    const file = await fileOf(Buffer.alloc(100_000))
    expect(secondsAtMost({ file, format: 'wav', seconds: 3, counted: true }, 600)).toBe(3)
    expect(secondsAtMost({ file, format: 'webm', seconds: 3, counted: false }, 600)).toBe(200)
    expect(secondsAtMost({ file, format: 'webm', seconds: undefined, counted: false }, 60)).toBe(60)
    expect(secondsAtMost({ file, format: 'm4a', seconds: 500, counted: false }, 600)).toBe(500)
  })

  test('is not what frames were counted up to', async () => {
    const silence = await encodeTone(700, '-c:a', 'libmp3lame', '-b:a', '8k', '-ar', '8000', '-f', 'mp3')
    const audio = await inspectUpload({ file: await fileOf(silence), field: 'file' }, 10_000)
    expect(audio).toMatchObject({ format: 'mp3', counted: false })
    expect(secondsAtMost(audio, 10_000)).toBeGreaterThan(700)
  })
})
