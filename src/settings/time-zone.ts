import { written } from './written.ts'

const wanted = 'an IANA time zone such as Europe/Berlin, or an offset such as +02:00'

/** The zone in which a table's times are written. */
export const timeZoneSchema = written(wanted, (raw) => {
  const zone = String(raw)
  return isOffset(zone) || isNamedZone(zone) ? zone : undefined
})

function isOffset(zone: string): boolean {
  return /^[+-](0\d|1[0-4]):[0-5]\d$/.test(zone)
}

function isNamedZone(zone: string): boolean {
  if (!/^[A-Za-z]/.test(zone)) return false
  try {
    Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}
