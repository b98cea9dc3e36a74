import { written } from './written.ts'

const unitMs: ReadonlyMap<string, number> = new Map([
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
])

/** A duration within bounds, in milliseconds. A bare number means seconds. */
export function duration(min: string, max: string) {
  const wanted = `a duration from ${min} to ${max}, such as 250ms, 5s, 30m, 1h or a whole number of seconds`
  const [minMs, maxMs] = [readDuration(min) ?? 0, readDuration(max) ?? 0]
  return written(wanted, (raw) => {
    const durationMs = readDuration(raw)
    return durationMs !== undefined && durationMs >= minMs && durationMs <= maxMs ? durationMs : undefined
  })
}

export function readDuration(raw: string | number): number | undefined {
  const [, amount, unit = 's'] = /^(\d{1,12})(ms|s|m|h)?$/.exec(String(raw)) ?? []
  return amount === undefined ? undefined : Number(amount) * (unitMs.get(unit) ?? Number.NaN)
}

/** In the largest unit that needs no fraction. */
export function formatDuration(durationMs: number): string {
  for (const [unit, lengthMs] of unitMs) {
    if (durationMs >= lengthMs && durationMs % lengthMs === 0) return `${durationMs / lengthMs}${unit}`
  }
  return `${durationMs}ms`
}
