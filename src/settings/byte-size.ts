import { written } from './written.ts'

const unitBytes: ReadonlyMap<string, number> = new Map([
  ['GiB', 2 ** 30],
  ['MiB', 2 ** 20],
  ['KiB', 2 ** 10],
])

/** A size within bounds, in bytes. */
export function byteSize(min: string, max: string) {
  const wanted = `a size from ${min} to ${max}, such as 32MiB, 500KiB or a whole number of bytes`
  const [minBytes, maxBytes] = [readByteSize(min) ?? 0, readByteSize(max) ?? 0]
  return written(wanted, (raw) => {
    const bytes = readByteSize(raw)
    return bytes !== undefined && bytes >= minBytes && bytes <= maxBytes ? bytes : undefined
  })
}

export function readByteSize(raw: string | number): number | undefined {
  const [, amount, unit = ''] = /^(\d{1,15})(KiB|MiB|GiB)?$/.exec(String(raw)) ?? []
  return amount === undefined ? undefined : Number(amount) * (unitBytes.get(unit) ?? 1)
}

/** In the largest unit that needs no fraction. */
export function formatByteSize(bytes: number): string {
  for (const [unit, length] of unitBytes) {
    if (bytes >= length && bytes % length === 0) return `${bytes / length}${unit}`
  }
  return String(bytes)
}
