interface LogLine {
  readonly level: number
  readonly time: string
  readonly msg: string
  readonly [field: string]: unknown
}

/** Turns one of pino's lines into one that a person reads on a terminal. */
export function prettyLine(json: string): string {
  // Pino wrote the line itself.
  return `${prettify(JSON.parse(json) as LogLine)}\n`
}

const levelWords: Record<number, string> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
}

function prettify({ level, time, msg, ...fields }: LogLine): string {
  const clock = new Date(time).toTimeString().slice(0, 8)
  const words = Object.entries(fields).map(
    ([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : value}`,
  )
  return withoutOrders([clock, (levelWords[level] ?? String(level)).padEnd(5), msg, ...words].join(' '))
}

/** Names and causes come from elsewhere: what a terminal would obey is shown instead, line ends too, but for a stack's. */
function withoutOrders(text: string): string {
  return text.replaceAll(
    /(?!\n {4}at )\p{Cc}/gu,
    (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}
