import { hashText } from '../request/tokenizer.ts'

/**
 * In one request. The servers have no such bound; here each input of two characters becomes kilobytes at once. A gateway's
 * batch has no more.
 */
export const inputsMax = 2048

/** A deterministic unit vector: the same text has the same one, and a shorter one is the beginning of a longer one. */
export function vectorOf(text: string, dimensions: number): Float32Array {
  let state = hashText(text)
  const vector = Float32Array.from({ length: dimensions }, () => {
    // A step of the mulberry32 generator.
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1
  })
  const norm = Math.hypot(...vector)
  return vector.map((value) => value / norm)
}

/** Little-endian, as all machines are that run this. */
export function toBase64(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64')
}
