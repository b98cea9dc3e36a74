import type { AudioHeader } from '../audio-header.ts'
import { piecesMax } from './counting-bounds.ts'

interface SampleFormat {
  /** Bytes of one sample in every channel. */
  readonly frameBytes: number
  /** Frames a second. */
  readonly rate: number
}

/** Walks the chunks to the samples. */
export function readWav(bytes: Buffer, fileBytes = bytes.length): AudioHeader | undefined {
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE') return undefined
  let format: SampleFormat | undefined
  let offset = 12
  for (let chunks = 0; chunks < piecesMax && offset + 8 <= bytes.length; chunks++) {
    const name = bytes.toString('latin1', offset, offset + 4)
    const size = bytes.readUInt32LE(offset + 4)
    if (name === 'fmt ') format ??= readFormat(bytes.subarray(offset + 8, offset + 8 + size))
    if (name === 'data') return format === undefined ? undefined : countSamples(format, size, fileBytes - offset - 8)
    // Chunks begin at even offsets.
    offset += 8 + size + (size % 2)
  }
  return undefined
}

/** A recorder that writes as it goes leaves 0 or the largest number for the size. */
function countSamples({ frameBytes, rate }: SampleFormat, declared: number, left: number): AudioHeader {
  const length = declared === 0 ? left : Math.min(declared, left)
  return { format: 'wav', seconds: length / frameBytes / rate, counted: true }
}

/** Whole numbers, floating point, A-law, μ-law: kinds in which bytes are samples, so that the length is known. */
const plainKinds = new Set([1, 3, 6, 7])
const extensible = 0xfffe

function readFormat(chunk: Buffer): SampleFormat | undefined {
  if (chunk.length < 16) return undefined
  const named = chunk.readUInt16LE(0)
  const kind = named === extensible && chunk.length >= 26 ? chunk.readUInt16LE(24) : named
  const frameBytes = (chunk.readUInt16LE(2) * chunk.readUInt16LE(14)) / 8
  const rate = chunk.readUInt32LE(4)
  if (!plainKinds.has(kind) || rate === 0 || frameBytes === 0) return undefined
  return frameBytes === chunk.readUInt16LE(12) ? { frameBytes, rate } : undefined
}
