import type { ExpiryFormat } from './adopted-table.ts'
import { createZoneClock } from './zone-clock.ts'

/** Milliseconds since 1970 in UTC; null for never, undefined for what cannot be read. */
export type DecodeExpiry = (value: unknown) => number | null | undefined

const dayMs = 86_400_000
const yearMax = 9999
const latestMs = Date.UTC(yearMax, 11, 31)
/** Rows are read every few seconds, and a zone's rules are slow to ask. */
const rememberedMax = 100_000

/**
 * Only NULL is never. A zero date, and seconds that would lie beyond the year 9999 because they are milliseconds, cannot
 * be read: a server that is not strict makes zero dates of dates that it does not understand.
 */
export function createDecodeExpiry({ type, timeZone }: ExpiryFormat): DecodeExpiry {
  if (type === 'unix') return decodeNumber(1000)
  if (type === 'unix-ms') return decodeNumber(1)
  const clock = createZoneClock(timeZone)
  const decode = type === 'date' ? createDecodeDate(clock) : createDecodeDatetime(clock)
  const remembered = new Map<string, number | undefined>()
  return (value) => {
    if (value === null) return null
    if (typeof value !== 'string') return undefined
    if (remembered.has(value)) return remembered.get(value)
    if (remembered.size >= rememberedMax) remembered.clear()
    const expiresAtMs = decode(value)
    remembered.set(value, expiresAtMs)
    return expiresAtMs
  }
}

function decodeNumber(unitMs: number): DecodeExpiry {
  return (value) => {
    if (value === null) return null
    const isNumeric = typeof value === 'number' || (typeof value === 'string' && /^\d+(\.\d+)?$/.test(value))
    const expiresAtMs = isNumeric ? Number(value) * unitMs : Number.NaN
    return expiresAtMs > 0 && expiresAtMs <= latestMs ? expiresAtMs : undefined
  }
}

type DecodeText = (text: string) => number | undefined

/** A key is good to the end of its last day. */
function createDecodeDate(clock: (readingMs: number) => number): DecodeText {
  return (text) => {
    const midnightMs = /^\d{4}-\d\d-\d\d$/.test(text) ? readDay(text) : undefined
    return midnightMs === undefined ? undefined : clock(midnightMs + dayMs)
  }
}

const datetime = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?)? ?(Z|[+-]\d\d:\d\d)?$/

/** A zone in the text itself, as SQLite's texts may have one, beats the configured one. */
function createDecodeDatetime(clock: (readingMs: number) => number): DecodeText {
  return (text) => {
    const [, day = '', hours = '0', minutes = '0', seconds = '0', zone] = datetime.exec(text) ?? []
    const midnightMs = readDay(day)
    const isTime = Number(hours) < 24 && Number(minutes) < 60 && Number(seconds) < 60
    if (midnightMs === undefined || !isTime) return undefined
    const readingMs = midnightMs + ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000
    if (zone === undefined) return clock(readingMs)
    return createZoneClock(zone === 'Z' ? 'UTC' : zone)(readingMs)
  }
}

/** Midnight as if in UTC; undefined for days that there are not, such as 0000-00-00 and February the 30th. */
function readDay(text: string): number | undefined {
  const [year = 0, month = 0, day = 0] = text.split('-').map(Number)
  const midnight = new Date(Date.UTC(year, month - 1, day))
  const isReal = year > 0 && midnight.getUTCMonth() === month - 1 && midnight.getUTCDate() === day
  return isReal ? midnight.getTime() : undefined
}
