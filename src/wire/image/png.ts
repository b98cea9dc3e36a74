import type { ImageHeader } from '../image-header.ts'
import { piecesMax } from './pieces-max.ts'

export function readPng(bytes: Buffer): ImageHeader | undefined {
  if (bytes.length < 24 || bytes.readUInt32BE(0) !== 0x89504e47 || bytes.readUInt32BE(4) !== 0x0d0a1a0a)
    return undefined
  if (typeAt(bytes, 8) !== 'IHDR' || hasSecondHeader(bytes)) return undefined
  return { format: 'png', width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
}

/** Another reader may believe the last header before the picture itself. True also where that is nowhere near. */
function hasSecondHeader(bytes: Buffer): boolean {
  let offset = 8
  for (let chunks = 0; offset + 8 <= bytes.length; chunks++) {
    const type = typeAt(bytes, offset)
    if (type === 'IDAT') return false
    if (chunks > piecesMax || (chunks > 0 && type === 'IHDR')) return true
    // A length, a type and a checksum stand around what is in it.
    offset += 12 + bytes.readUInt32BE(offset)
  }
  return false
}

function typeAt(bytes: Buffer, offset: number): string {
  return bytes.toString('latin1', offset + 4, offset + 8)
}
