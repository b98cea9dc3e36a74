import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, 'audio-samples')

/** A short tone as FFmpeg's encoders write it. */
export function tone(name: string): Buffer {
  return readFileSync(join(folder, name))
}

export interface WavParts {
  readonly seconds: number
  /** What the header says of the length of the samples, in bytes; the truth where it is not given. */
  readonly declared?: number
  readonly kind?: number
  /** Chunks between the format and the samples. */
  readonly before?: Buffer
}

/** Silence of 1000 samples a second, 8 bits each. */
export function wav({ seconds, declared, kind = 1, before = Buffer.alloc(0) }: WavParts): Buffer {
  const samples = Buffer.alloc(seconds * 1000, 0x80)
  const head = Buffer.alloc(44)
  head.write('RIFF\0\0\0\0WAVEfmt ', 'latin1')
  head.writeUInt32LE(36 + samples.length, 4)
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(kind, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(1000, 24)
  head.writeUInt32LE(1000, 28)
  head.writeUInt16LE(1, 32)
  head.writeUInt16LE(8, 34)
  head.write('data', 36)
  head.writeUInt32LE(declared ?? samples.length, 40)
  return Buffer.concat([head.subarray(0, 36), before, head.subarray(36), samples])
}

/** A page of Ogg; every packet is shorter than 255 bytes. */
export function oggPage(packets: readonly Buffer[], { serial = 1, position = 0n, continued = false } = {}): Buffer {
  const head = Buffer.alloc(27)
  head.write('OggS')
  head.writeUInt8(continued ? 1 : 0, 5)
  head.writeBigInt64LE(position, 6)
  head.writeUInt32LE(serial, 14)
  head.writeUInt8(packets.length, 26)
  return Buffer.concat([head, Buffer.from(packets.map(({ length }) => length)), ...packets])
}

export const opusHead = Buffer.from('OpusHead\x01\x01\x00\x00\x80\xbb\x00\x00\x00\x00\x00', 'latin1')
export const opusTags = Buffer.from('OpusTags\0\0\0\0\0\0\0\0', 'latin1')

/** An MP4 box. */
export function box(type: string, ...content: readonly (Buffer | string)[]): Buffer {
  const body = Buffer.concat(content.map((piece) => (typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece)))
  const head = Buffer.alloc(8)
  head.writeUInt32BE(8 + body.length)
  head.write(type, 4, 'latin1')
  return Buffer.concat([head, body])
}
