import type { ImageHeader } from '../image-header.ts'
import { piecesMax } from './pieces-max.ts'

const startOfScan = 0xda

/** Walks the segments up to the picture itself. There is one frame: of two, another reader may believe the other. */
export function readJpeg(bytes: Buffer): ImageHeader | undefined {
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return undefined
  let frame: ImageHeader | undefined
  let offset = 2
  for (let pieces = 0; offset + 9 <= bytes.length && bytes[offset] === 0xff; pieces++) {
    const marker = bytes.readUInt8(offset + 1)
    if (marker === startOfScan) break
    // A fill byte stands alone.
    const isFill = marker === 0xff
    const isFrame = isStartOfFrame(marker)
    if (pieces > piecesMax || (isFrame && frame !== undefined) || !(isFill || isFrame || hasLength(marker))) {
      return undefined
    }
    if (isFrame) {
      frame = { format: 'jpeg', width: bytes.readUInt16BE(offset + 7), height: bytes.readUInt16BE(offset + 5) }
    }
    offset += isFill ? 1 : 2 + bytes.readUInt16BE(offset + 2)
  }
  return frame
}

/** SOF0 to SOF15 without DHT (c4), JPG (c8) and DAC (cc), which share the range. */
function isStartOfFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
}

/** Tables, restart intervals, applications' data and comments: what every reader takes to be as long as it says. */
function hasLength(marker: number): boolean {
  return marker === 0xc4 || marker === 0xdb || marker === 0xdd || marker === 0xfe || (marker >= 0xe0 && marker <= 0xef)
}
