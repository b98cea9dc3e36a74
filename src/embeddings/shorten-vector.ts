import { invalidField } from '../chat/describe-mismatch.ts'
import type { WantedDimensions } from './embeddings-request.ts'

/**
 * The first numbers of a vector, made one long again: what servers do that can, so that the answer is the same on those
 * that cannot. Throws `invalid-request` where the model has fewer.
 */
export function shortenVector(vector: Float32Array, wanted: WantedDimensions | undefined): Float32Array {
  if (wanted === undefined || wanted.count === vector.length) return vector
  const { count, field } = wanted
  if (count > vector.length) throw invalidField(field, String(count), `at most ${vector.length}, which the model has`)
  const short = vector.slice(0, count)
  const length = lengthOf(short)
  return length === 0 ? short : short.map((value) => value / length)
}

/** What `Math.hypot` says takes ten times as long, and a reply may have thousands of vectors. */
function lengthOf(vector: Float32Array): number {
  let squares = 0
  for (const value of vector) squares += value * value
  return Math.sqrt(squares)
}
