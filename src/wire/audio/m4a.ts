import type { AudioHeader } from '../audio-header.ts'
import { piecesMax } from './counting-bounds.ts'

/** The brands that recorders and encoders of audio write; `iamf` and those of pictures are not among them. */
const brands = new Set(['M4A ', 'M4B ', 'mp41', 'mp42', 'isom', 'iso2', 'iso4', 'iso5', 'iso6', 'dash'])

/** A box of the top level, or inside another. */
interface Box {
  readonly type: string
  readonly content: Buffer
}

export function readM4a(bytes: Buffer): AudioHeader | undefined {
  if (bytes.toString('latin1', 4, 8) !== 'ftyp') return undefined
  const [type, ...rest] = readBoxes(bytes)
  if (type === undefined || !brands.has(type.content.toString('latin1', 0, 4))) return undefined
  const movies = rest.filter((box) => box.type === 'moov')
  const [movie] = movies
  // IAMF hides in files of other brands as well: its sample entry has the same name.
  if (movie === undefined || [type, ...movies].some(({ content }) => content.includes('iamf'))) return undefined
  return { format: 'm4a', seconds: secondsOf(movie), counted: false }
}

function readBoxes(bytes: Buffer): Box[] {
  const boxes: Box[] = []
  let offset = 0
  while (offset + 8 <= bytes.length && boxes.length < piecesMax) {
    const size = bytes.readUInt32BE(offset)
    const isLarge = size === 1 && offset + 16 <= bytes.length
    const length = isLarge ? Number(bytes.readBigUInt64BE(offset + 8)) : size === 0 ? bytes.length - offset : size
    const headBytes = isLarge ? 16 : 8
    if (length < headBytes) break
    const content = bytes.subarray(offset + headBytes, offset + length)
    boxes.push({ type: bytes.toString('latin1', offset + 4, offset + 8), content })
    offset += length
  }
  return boxes
}

/** From the movie's header; a recording in fragments says 0 there. */
function secondsOf(movie: Box): number | undefined {
  const header = readBoxes(movie.content).find(({ type }) => type === 'mvhd')?.content
  if (header === undefined || header.length < 32) return undefined
  const isLong = header[0] === 1
  const scale = header.readUInt32BE(isLong ? 20 : 12)
  const duration = isLong ? Number(header.readBigUInt64BE(24)) : header.readUInt32BE(16)
  return scale === 0 || duration === 0 ? undefined : duration / scale
}
