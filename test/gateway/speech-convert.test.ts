import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  bodyOf,
  encodeTone,
  formOf,
  type SpeechGateway,
  startSpeechGateway,
  toneWav,
  uploadsLeft,
} from './speech-rig.ts'

const path = '/v1/audio/transcriptions'
let gateway: SpeechGateway
beforeAll(async () => {
  gateway = await startSpeechGateway()
})
afterAll(() => gateway.stop())

/** The sound that the server was sent last, which is to be WAV of 16 bits and one channel at 16 kHz. */
function lastWav(): { seconds: number; loudest: number } {
  const ask = gateway.server.asks.at(-1)
  const sound = ask?.sound ?? Buffer.alloc(0)
  expect(ask?.fileType).toBe('audio/wav')
  expect(sound.toString('latin1', 0, 4)).toBe('RIFF')
  expect([sound.readUInt16LE(20), sound.readUInt16LE(22), sound.readUInt32LE(24), sound.readUInt16LE(34)]).toEqual([
    1, 1, 16_000, 16,
  ])
  expect(sound.readUInt32LE(40)).toBe(sound.length - 44)
  const samples = new Int16Array(sound.buffer.slice(sound.byteOffset + 44, sound.byteOffset + sound.length))
  return { seconds: samples.length / 16_000, loudest: samples.reduce((most, one) => Math.max(most, Math.abs(one)), 0) }
}

describe('what whisper.cpp cannot decode', () => {
  test.each([
    ['m4a', ['-c:a', 'aac', '-f', 'mp4']],
    ['m4a with its table in front', ['-c:a', 'aac', '-movflags', '+faststart', '-f', 'mp4']],
    ['m4a in fragments', ['-c:a', 'aac', '-movflags', '+frag_keyframe+empty_moov', '-f', 'mp4']],
    ['webm', ['-c:a', 'libopus', '-f', 'webm']],
    ['opus', ['-c:a', 'libopus', '-f', 'ogg']],
    ['lossless m4a', ['-c:a', 'alac', '-f', 'ipod']],
  ])('reaches it as WAV: %s', async (_name, args) => {
    const response = await gateway.post(path, formOf(await encodeTone(2, ...args), {}, 'voice'))
    expect(response.status).toBe(200)
    const { seconds, loudest } = lastWav()
    // Encoders put a little silence in front.
    expect(Math.abs(seconds - 2)).toBeLessThan(0.15)
    expect(loudest).toBeGreaterThan(6000)
    expect(uploadsLeft(gateway.settings)).toEqual([])
  })

  test('is that only: what it can decode is measured and goes on as it is', async () => {
    for (const args of [
      ['-c:a', 'libvorbis', '-f', 'ogg'],
      ['-c:a', 'flac', '-f', 'flac'],
    ]) {
      const file = await encodeTone(1, ...args)
      expect((await gateway.post(path, formOf(file))).status).toBe(200)
      expect(gateway.server.asks.at(-1)?.sound.equals(file)).toBe(true)
    }
  })

  test('goes on as it is where it is MP3 or WAV, whatever it is called', async () => {
    const mp3 = await encodeTone(1, '-c:a', 'libmp3lame', '-f', 'mp3')
    await gateway.post(path, formOf(mp3, {}, 'voice.wav'))
    expect(gateway.server.asks.at(-1)?.fileType).toBe('audio/mpeg')
    expect(gateway.server.asks.at(-1)?.fileName).toBe('audio.mp3')
    expect(gateway.server.asks.at(-1)?.sound.equals(mp3)).toBe(true)
  })

  test('is refused in words where it is broken', async () => {
    const whole = await encodeTone(2, '-c:a', 'aac', '-movflags', '+faststart', '-f', 'mp4')
    const moovEnd = whole.indexOf('mdat')
    const broken = Buffer.concat([whole.subarray(0, moovEnd + 4), Buffer.alloc(whole.length - moovEnd - 4, 0x55)])
    const response = await gateway.post(path, formOf(broken))
    const { error } = await bodyOf(response)
    expect(response.status).toBe(422)
    expect(error).toMatchObject({
      param: 'file',
      message: '`file`: found M4A that cannot be decoded, wanted whole audio.',
    })
    expect(uploadsLeft(gateway.settings)).toEqual([])
  })
})

test('WebM of pictures alone is told as such', async () => {
  const webm = await encodeTone(1, '-c:a', 'libopus', '-f', 'webm')
  // Its one track is said to be of pictures.
  const pictures = Buffer.from(webm.toString('hex').replace('838102', '838101'), 'hex')
  const response = await gateway.post(path, formOf(pictures))
  const { error } = await bodyOf(response)
  expect([response.status, error.param]).toEqual([422, 'file'])
  expect(error.message).toMatch(/^`file`: found a file with pictures and without sound, wanted audio as WAV, /)
})

describe('without conversion', () => {
  test('what cannot be decoded is refused, and what can be sent is named', async () => {
    const plain = await startSpeechGateway({ service: 'convert: never' })
    const response = await plain.post(path, formOf(await encodeTone(1, '-c:a', 'libopus', '-f', 'webm')))
    const { error } = await bodyOf(response)
    expect(response.status).toBe(415)
    expect(error.param).toBe('file')
    expect(error.message).toBe(
      '`file`: found WebM, which the model server cannot decode and the gateway cannot convert here; send one of WAV, MP3, FLAC, Ogg Vorbis.',
    )
    const flac = await encodeTone(1, '-c:a', 'flac', '-f', 'flac')
    expect((await plain.post(path, formOf(flac))).status).toBe(200)
    expect(plain.server.asks.at(-1)?.sound.equals(flac)).toBe(true)
    expect(plain.server.asks).toHaveLength(1)
    await plain.stop()
  })
})

describe('with conversion always', () => {
  test('WAV is made anew as well', async () => {
    const always = await startSpeechGateway({ service: 'convert: always' })
    expect((await always.post(path, formOf(await encodeTone(1, '-ar', '44100', '-ac', '2', '-f', 'wav')))).status).toBe(
      200,
    )
    expect(always.server.asks.at(-1)?.sound.length).toBe(44 + 32_000)
    await always.stop()
  })
})

/** Three seconds, of which its header claims one. */
async function longFlac(): Promise<Buffer<ArrayBuffer>> {
  const flac = await encodeTone(3, '-c:a', 'flac', '-f', 'flac')
  flac.writeUInt32BE(16_000, 22)
  return flac
}

describe('audio that is too long', () => {
  let short: SpeechGateway
  beforeAll(async () => {
    short = await startSpeechGateway({ service: 'durationMax: 2s' })
  })
  afterAll(() => short.stop())

  test.each([
    ['by its header', () => Promise.resolve(toneWav(2.5))],
    ['once it is measured', () => longFlac()],
    ['once it is decoded', () => encodeTone(3, '-c:a', 'libopus', '-f', 'webm', '-live', '1')],
  ])('is refused before the server has it: %s', async (_name, make) => {
    const response = await short.post(path, formOf(await make()))
    const { error } = await bodyOf(response)
    expect(response.status).toBe(422)
    expect(error.message).toBe('`file`: found longer audio, wanted at most 2 seconds of it.')
    expect(short.server.asks).toHaveLength(0)
    expect(uploadsLeft(short.settings)).toEqual([])
  })

  test('is let in up to the bound', async () => {
    expect((await short.post(path, formOf(toneWav(2)))).status).toBe(200)
  })
})
