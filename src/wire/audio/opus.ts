/** Opus counts in these, whatever was recorded. */
export const opusRate = 48_000

/** The samples of one packet by its first bytes (RFC 6716, section 3.1). */
export function countOpusSamples(bytes: Buffer, offset: number): number {
  const head = bytes[offset] ?? 0
  const frames = [1, 2, 2, (bytes[offset + 1] ?? 0) & 63][head & 3] ?? 0
  return frames * frameSamples(head >> 3)
}

function frameSamples(configuration: number): number {
  if (configuration < 12) return [480, 960, 1920, 2880][configuration & 3] ?? 0
  if (configuration < 16) return [480, 960][configuration & 1] ?? 0
  return [120, 240, 480, 960][configuration & 3] ?? 0
}
