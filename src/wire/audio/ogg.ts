import type { AudioHeader } from '../audio-header.ts'
import { countedSecondsMax, soundPiecesMax } from './counting-bounds.ts'
import { countOpusSamples, opusRate } from './opus.ts'

interface Page {
  /** Samples at the end of the page, by its own word; -1 where no packet ends in it. */
  readonly position: number
  readonly serial: number
  /** True where it begins in the middle of a packet. */
  readonly continued: boolean
  readonly lacing: Buffer
  readonly body: Buffer
  readonly end: number
}

/** All bytes of a file, or its first ones. */
interface Source {
  readonly bytes: Buffer
  readonly isWhole: boolean
}

/** Of a page, before its lacing. */
const headBytes = 27

/** One stream of Opus or Vorbis, page after page without anything between them. */
export function readOgg(bytes: Buffer, fileBytes = bytes.length): AudioHeader | undefined {
  const isWhole = fileBytes === bytes.length
  const header = readStream({ bytes, isWhole })
  if (header?.seconds === undefined || isWhole) return header
  return { ...header, seconds: (header.seconds * fileBytes) / bytes.length, counted: false }
}

function readStream(source: Source): AudioHeader | undefined {
  const first = readPage(source.bytes, 0)
  if (first === undefined) return undefined
  if (first.body.toString('latin1', 0, 8) === 'OpusHead') return readOpus(source, first)
  if (first.body.length >= 16 && first.body.toString('latin1', 0, 7) === '\x01vorbis') return readVorbis(source, first)
  return undefined
}

function readPage(bytes: Buffer, offset: number): Page | undefined {
  if (bytes.length < offset + headBytes || bytes.toString('latin1', offset, offset + 5) !== 'OggS\0') return undefined
  const bodyStart = offset + headBytes + bytes.readUInt8(offset + 26)
  const lacing = bytes.subarray(offset + headBytes, bodyStart)
  const end = lacing.reduce((sum, size) => sum + size, bodyStart)
  return {
    position: Number(bytes.readBigInt64LE(offset + 6)),
    serial: bytes.readUInt32LE(offset + 14),
    continued: (bytes.readUInt8(offset + 5) & 1) === 1,
    lacing,
    body: bytes.subarray(bodyStart, end),
    end,
  }
}

/** Hands over the pages after the first until one is refused. False where they are not what they should be. */
function everyPage({ bytes, isWhole }: Source, first: Page, take: (page: Page) => boolean): boolean {
  // The beginning of a file may end in the middle of a page's head.
  const end = isWhole ? bytes.length : bytes.length - headBytes + 1
  let offset = first.end
  for (let pages = 0; offset < end; pages++) {
    if (pages > soundPiecesMax) return false
    const page = readPage(bytes, offset)
    if (page === undefined || page.serial !== first.serial) return false
    if (!take(page)) return true
    offset = page.end
  }
  return true
}

/** Packets are counted: a page's position may say anything, and a packet of a byte may be an eighth of a second. */
function readOpus(source: Source, first: Page): AudioHeader | undefined {
  let samples = 0
  let isSound = false
  const isWhole = everyPage(source, first, (page) => {
    if (isSound) samples += samplesIn(page)
    // The second packet holds tags, and ends its page.
    else isSound = page.lacing.some((size) => size < 255)
    return samples <= countedSecondsMax * opusRate
  })
  return isWhole ? { format: 'ogg', codec: 'opus', seconds: samples / opusRate, counted: true } : undefined
}

function samplesIn({ lacing, body, continued }: Page): number {
  let samples = 0
  let offset = 0
  let isStart = !continued
  for (const size of lacing) {
    if (isStart && size > 0) samples += countOpusSamples(body, offset)
    offset += size
    // A piece of less than 255 bytes is a packet's last.
    isStart = size < 255
  }
  return samples
}

function readVorbis(source: Source, first: Page): AudioHeader | undefined {
  const rate = first.body.readUInt32LE(12)
  let samples = 0
  const isWhole = everyPage(source, first, ({ position }) => {
    samples = Math.max(samples, position)
    return true
  })
  return isWhole && rate > 0 ? { format: 'ogg', codec: 'vorbis', seconds: samples / rate, counted: false } : undefined
}
