/** Milliseconds that an act takes. */
export function timeTaken(act: () => unknown): number {
  const from = performance.now()
  act()
  return performance.now() - from
}

/** Work that grows with the square of what was sent takes many times as long, on any machine. */
export const proportionateMs = 4000
