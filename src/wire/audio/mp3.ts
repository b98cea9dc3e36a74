import type { AudioHeader } from '../audio-header.ts'
import { countedSecondsMax, soundPiecesMax } from './counting-bounds.ts'

interface Frame {
  readonly bytes: number
  readonly seconds: number
}

/** Two frames in a row are a sound; one could be chance. Every frame tells its own length, so that all are counted. */
export function readMp3(bytes: Buffer, fileBytes = bytes.length): AudioHeader | undefined {
  const start = tagBytes(bytes)
  const first = readFrame(bytes, start)
  if (first === undefined || !isFollowed(bytes, start + first.bytes)) return undefined
  const seconds = countSeconds(bytes, start)
  if (seconds === undefined) return undefined
  const isWhole = fileBytes === bytes.length
  return { format: 'mp3', seconds: isWhole ? seconds : (seconds * fileBytes) / bytes.length, counted: isWhole }
}

/** Between frames there may be other tags: decoders look for the next frame, and so does this, for a while. */
function countSeconds(bytes: Buffer, start: number): number | undefined {
  let seconds = 0
  let offset = start
  for (let pieces = 0; offset + 4 <= bytes.length && seconds <= countedSecondsMax; pieces++) {
    if (pieces > soundPiecesMax) return undefined
    const frame = readFrame(bytes, offset)
    seconds += frame?.seconds ?? 0
    offset = frame === undefined ? nextSync(bytes, offset + 1) : offset + frame.bytes
  }
  return seconds
}

function isFollowed(bytes: Buffer, offset: number): boolean {
  return offset + 4 > bytes.length || readFrame(bytes, offset) !== undefined
}

function nextSync(bytes: Buffer, from: number): number {
  const found = bytes.indexOf(0xff, from)
  return found === -1 ? bytes.length : found
}

/** How long an ID3v2 tag in front is, whose size has seven bits a byte; 0 where there is none. */
export function tagBytes(bytes: Buffer): number {
  if (bytes.length < 10 || bytes.toString('latin1', 0, 3) !== 'ID3') return 0
  const size = bytes.subarray(6, 10).reduce((sum, byte) => sum * 128 + (byte & 0x7f), 0)
  const footer = (bytes.readUInt8(5) & 0x10) === 0 ? 0 : 10
  return 10 + size + footer
}

/** Kilobits a second by the header's index; 0 and 15 say nothing that can be counted. */
const rates1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
const rates2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
const samplesASecond = [44_100, 48_000, 32_000]

function readFrame(bytes: Buffer, offset: number): Frame | undefined {
  if (offset + 4 > bytes.length) return undefined
  const header = bytes.readUInt32BE(offset)
  const version = (header >>> 19) & 3
  const isLayer3 = ((header >>> 17) & 3) === 1
  if (header >>> 21 !== 0x7ff || version === 1 || !isLayer3) return undefined
  // 3 is MPEG 1; 2 has half its sample rates and 0 a quarter, both with half the samples a frame.
  const bitRate = (version === 3 ? rates1 : rates2)[(header >>> 12) & 15] ?? 0
  const rate = (samplesASecond[(header >>> 10) & 3] ?? 0) / (version === 3 ? 1 : version === 2 ? 2 : 4)
  if (bitRate === 0 || rate === 0) return undefined
  const samples = version === 3 ? 1152 : 576
  const padding = (header >>> 9) & 1
  return { bytes: Math.floor((samples * bitRate * 125) / rate) + padding, seconds: samples / rate }
}
