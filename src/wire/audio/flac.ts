import type { AudioHeader } from '../audio-header.ts'

/** The first block is always STREAMINFO: 20 bits of sample rate, 8 of other things, 36 of length in samples. */
export function readFlac(bytes: Buffer): AudioHeader | undefined {
  if (bytes.length < 42 || bytes.toString('latin1', 0, 4) !== 'fLaC') return undefined
  const isStreamInfo = (bytes.readUInt8(4) & 0x7f) === 0 && bytes.readUIntBE(5, 3) === 34
  const rate = bytes.readUIntBE(18, 3) >> 4
  if (!isStreamInfo || rate === 0) return undefined
  const samples = (bytes.readUInt8(21) & 0x0f) * 2 ** 32 + bytes.readUInt32BE(22)
  return { format: 'flac', seconds: samples === 0 ? undefined : samples / rate, counted: false }
}
