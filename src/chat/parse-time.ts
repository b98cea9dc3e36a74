const form = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/

/**
 * A date, or a time with its zone, in milliseconds since 1970; undefined for anything else. JavaScript would take the 31st of
 * April for the 1st of May.
 */
export function parseTime(text: string): number | undefined {
  const [, day] = form.exec(text) ?? []
  const dayMs = day === undefined ? Number.NaN : Date.parse(day)
  if (Number.isNaN(dayMs) || new Date(dayMs).toISOString().slice(0, 10) !== day) return undefined
  const timeMs = Date.parse(text)
  return Number.isNaN(timeMs) ? undefined : timeMs
}
