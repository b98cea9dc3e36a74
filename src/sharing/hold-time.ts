/** How long places are held, and with that how long it takes until others had theirs. */
export interface HoldTime {
  note(ms: number): void
  /** Until so many have gone through so many places, in whole seconds. */
  secondsFor(waiting: number, placesMax: number): number
}

/** What was last counts most, and one that is unlike the others little. */
const weight = 0.1
/** Before anybody has left. */
const usualSeconds = 5
/** Whoever is told to come back later than this had better ask again. */
const secondsMax = 60

export function createHoldTime(): HoldTime {
  let meanMs: number | undefined
  return {
    note(ms) {
      meanMs = meanMs === undefined ? ms : meanMs + weight * (ms - meanMs)
    },
    secondsFor(waiting, placesMax) {
      if (meanMs === undefined) return usualSeconds
      const seconds = Math.ceil((meanMs * waiting) / placesMax / 1000)
      return Math.min(Math.max(1, seconds), secondsMax)
    },
  }
}
