/** Tells what a clock on the wall of a zone means: takes its reading as if it were UTC, gives milliseconds in UTC. */
export type ZoneClock = (readingMs: number) => number

const dayMs = 86_400_000

/**
 * For an IANA zone or an offset such as +02:00. A reading that a zone's clocks show twice is taken for the earlier, and
 * one that they skip for as long after the jump.
 */
export function createZoneClock(timeZone: string): ZoneClock {
  const fixed = /^([+-])(\d\d):(\d\d)$/.exec(timeZone)
  if (fixed !== null) {
    const offsetMs = (Number(fixed[2]) * 60 + Number(fixed[3])) * (fixed[1] === '-' ? -60_000 : 60_000)
    return (readingMs) => readingMs - offsetMs
  }
  if (timeZone === 'UTC') return (readingMs) => readingMs
  const offsetAt = createOffsets(timeZone)
  return (readingMs) => {
    const before = readingMs - offsetAt(readingMs - dayMs)
    if (offsetAt(before) === readingMs - before) return before
    const after = readingMs - offsetAt(readingMs + dayMs)
    return offsetAt(after) === readingMs - after ? after : before
  }
}

/** How far the zone is ahead of UTC at a moment, in milliseconds. */
function createOffsets(timeZone: string): (atMs: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
  return (atMs) => {
    const name = format.formatToParts(atMs).find(({ type }) => type === 'timeZoneName')?.value ?? ''
    const parts = /^GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(name)
    if (parts === null) return 0
    const [, sign, hours, minutes, seconds = 0] = parts
    return (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * (sign === '-' ? -1000 : 1000)
  }
}
