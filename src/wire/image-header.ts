import { readJpeg } from './image/jpeg.ts'
import { readPng } from './image/png.ts'

/** What an image's first bytes say. Sizes are in pixels, never 0. */
export interface ImageHeader {
  readonly format: 'png' | 'jpeg' | 'gif' | 'webp'
  readonly width: number
  readonly height: number
}

/**
 * Reads the format from the magic bytes, never from a declared type, and the size from the header. Undefined for
 * everything that is not a PNG, JPEG, GIF or WebP with a readable size: other decoders have a record of remote code
 * execution.
 */
export function readImageHeader(bytes: Buffer): ImageHeader | undefined {
  for (const read of [readPng, readGif, readWebp, readJpeg]) {
    const header = read(bytes)
    if (header !== undefined) return header.width > 0 && header.height > 0 ? header : undefined
  }
  return undefined
}

function readGif(bytes: Buffer): ImageHeader | undefined {
  const magic = bytes.toString('latin1', 0, 6)
  if (bytes.length < 10 || (magic !== 'GIF87a' && magic !== 'GIF89a')) return undefined
  return { format: 'gif', width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) }
}

function readWebp(bytes: Buffer): ImageHeader | undefined {
  if (bytes.length < 30 || bytes.toString('latin1', 0, 4) !== 'RIFF') return undefined
  if (bytes.toString('latin1', 8, 12) !== 'WEBP') return undefined
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { format: 'webp', width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff }
    case 'VP8L': {
      const packed = bytes.readUInt32LE(21)
      return { format: 'webp', width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1 }
    }
    case 'VP8X':
      return { format: 'webp', width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 }
    default:
      return undefined
  }
}
