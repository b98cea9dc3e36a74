/** A vector as its bytes, little-endian as every machine is that runs this, in base64. */
export function vectorBase64({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64')
}

/** A vector as a JSON list, in as many digits as a number of this size has. */
export function vectorJson(vector: Float32Array): string {
  return `[${vector.join()}]`
}

/** The items of a JSON list with commas between them, a piece each. */
export function* listed(items: Iterable<string>): Iterable<string> {
  let comma = ''
  for (const item of items) {
    yield comma + item
    comma = ','
  }
}
