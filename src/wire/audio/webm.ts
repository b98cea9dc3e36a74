import type { AudioHeader } from '../audio-header.ts'
import { piecesMax } from './counting-bounds.ts'

interface Element {
  readonly id: number
  readonly start: number
  /** Infinity where the size is said to be unknown, as live recordings have it. */
  readonly end: number
}

const ids = {
  head: 0x1a45dfa3,
  documentType: 0x4282,
  segment: 0x18538067,
  info: 0x1549a966,
  tracks: 0x1654ae6b,
  track: 0xae,
  trackType: 0x83,
  cluster: 0x1f43b675,
  scale: 0x2ad7b1,
  duration: 0x4489,
} as const

export function readWebm(bytes: Buffer): AudioHeader | undefined {
  const head = readElement(bytes, 0)
  if (head?.id !== ids.head) return undefined
  const type = childOf(bytes, head, ids.documentType)
  if (type === undefined || bytes.toString('latin1', type.start, type.end) !== 'webm') return undefined
  const segment = readElement(bytes, head.end)
  if (segment?.id !== ids.segment) return undefined
  const silent = isSilent(bytes, segment) ? ({ silent: true } as const) : {}
  return { format: 'webm', seconds: secondsOf(bytes, segment), counted: false, ...silent }
}

const soundTrack = 2

/** True only where the tracks are all told, and none is of sound. */
function isSilent(bytes: Buffer, segment: Element): boolean {
  const tracks = childOf(bytes, segment, ids.tracks)
  if (tracks === undefined) return false
  const types = childrenOf(bytes, tracks, ids.track).map((track) => childOf(bytes, track, ids.trackType))
  return types.length > 0 && types.every((type) => type !== undefined && readNumber(bytes, type) !== soundTrack)
}

/** What a recorder writes that knows the length when it has ended; in nanoseconds times its scale. */
function secondsOf(bytes: Buffer, segment: Element): number | undefined {
  const info = childOf(bytes, segment, ids.info)
  if (info === undefined) return undefined
  const scale = childOf(bytes, info, ids.scale)
  const duration = childOf(bytes, info, ids.duration)
  if (duration === undefined) return undefined
  const nanoseconds = scale === undefined ? 1_000_000 : readNumber(bytes, scale)
  const size = duration.end - duration.start
  const amount = size === 8 ? bytes.readDoubleBE(duration.start) : size === 4 ? bytes.readFloatBE(duration.start) : 0
  const seconds = (amount * nanoseconds) / 1e9
  // An endless amount of nothing is no number.
  return seconds > 0 ? seconds : undefined
}

/** Looked for before the first cluster: there is sound from there on. */
function childOf(bytes: Buffer, parent: Element, id: number): Element | undefined {
  return childrenOf(bytes, parent, id, 1)[0]
}

function childrenOf(bytes: Buffer, parent: Element, id: number, foundMax = piecesMax): Element[] {
  const found: Element[] = []
  let offset = parent.start
  const end = Math.min(parent.end, bytes.length)
  for (let children = 0; children < piecesMax && offset < end && found.length < foundMax; children++) {
    const child = readElement(bytes, offset)
    if (child === undefined || child.id === ids.cluster) break
    if (child.id === id) {
      if (child.end > bytes.length && id !== ids.segment) break
      found.push(child)
    }
    offset = child.end
  }
  return found
}

/** An id and a size, each as long as the zeros before its first one say. */
function readElement(bytes: Buffer, offset: number): Element | undefined {
  const idBytes = lengthAt(bytes, offset)
  const sizeBytes = lengthAt(bytes, offset + idBytes)
  const start = offset + idBytes + sizeBytes
  if (idBytes === 0 || idBytes > 4 || sizeBytes === 0 || start > bytes.length) return undefined
  const size = readSize(bytes.subarray(offset + idBytes, start))
  return { id: bytes.readUIntBE(offset, idBytes), start, end: start + size }
}

function lengthAt(bytes: Buffer, offset: number): number {
  const first = bytes[offset] ?? 0
  return first === 0 ? 0 : Math.clz32(first) - 23
}

function readSize(bytes: Buffer): number {
  const markBit = 2 ** (8 - bytes.length)
  const size = bytes.reduce((sum, byte, index) => sum * 256 + (index === 0 ? byte % markBit : byte), 0)
  return size === 2 ** (7 * bytes.length) - 1 ? Number.POSITIVE_INFINITY : size
}

function readNumber(bytes: Buffer, { start, end }: Element): number {
  return bytes.subarray(start, end).reduce((sum, byte) => sum * 256 + byte, 0)
}
