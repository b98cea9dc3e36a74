import { describeFound, describeWord, invalidField } from '../chat/describe-mismatch.ts'
import { GatewayError } from '../chat/gateway-error.ts'
import { parseTime } from '../chat/parse-time.ts'

/** A time span, in milliseconds since 1970. */
export interface AskedSpan {
  readonly sinceMs: number
  readonly untilMs: number
}

type Query = Readonly<Record<string, unknown>>

const dayMs = 86_400_000
/** What is shown where nobody says since when. */
const usualSpanMs = 30 * dayMs

/** `since` and `until`; without them the last thirty days. Throws `invalid-request`. */
export function readSpan(query: Query, nowMs: number): AskedSpan {
  // What is just being recorded is not cut off.
  const untilMs = readTime(query, 'until') ?? nowMs + dayMs
  const sinceMs = readTime(query, 'since') ?? Math.min(untilMs, nowMs) - usualSpanMs
  if (sinceMs < untilMs) return { sinceMs, untilMs }
  throw invalidField('since', 'a time that is not before `until`', 'an earlier one')
}

const timeForms = 'a time such as 2027-01-31, 2027-01-31T18:00:00Z or seconds since 1970'

function readTime(query: Query, name: string): number | undefined {
  const text = readText(query, name, 64)
  if (text === undefined) return undefined
  const timeMs = parseSpelling(text)
  if (timeMs === undefined) throw invalidField(name, describeWord(text), timeForms)
  return timeMs
}

function parseSpelling(text: string): number | undefined {
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1000
  // A plus sign in a query that nobody encoded is a space by the time it comes here.
  const timeMs = parseTime(text.replace(' ', '+'))
  return timeMs !== undefined && timeMs < 0 ? undefined : timeMs
}

/** A query's text, once. Throws `invalid-request`. */
export function readText(query: Query, name: string, lengthMax: number): string | undefined {
  const value = query[name]
  if (value === undefined || value === '') return undefined
  if (typeof value !== 'string' || value.length > lengthMax) {
    throw invalidField(
      name,
      Array.isArray(value) ? 'it several times' : describeFound(value),
      `at most ${lengthMax} characters`,
    )
  }
  return value
}

export function readLimit(query: Query, usual: number, max: number): number {
  const text = readText(query, 'limit', 16)
  if (text === undefined) return usual
  const limit = /^\d+$/.test(text) ? Number(text) : 0
  if (limit < 1 || limit > max) throw invalidField('limit', describeWord(text), `a whole number from 1 to ${max}`)
  return limit
}

/** Where a page ended; opaque to whoever holds it. */
export interface Cursor {
  readonly startedAtMs: number
  readonly id: string
}

export function encodeCursor({ startedAtMs, id }: Cursor): string {
  return Buffer.from(`${startedAtMs}:${id}`).toString('base64url')
}

export function readCursor(query: Query): Cursor | undefined {
  const text = readText(query, 'cursor', 256)
  if (text === undefined) return undefined
  const [, startedAt, id] = /^(\d{1,15}):([\w.-]{1,64})$/.exec(Buffer.from(text, 'base64url').toString()) ?? []
  if (startedAt === undefined || id === undefined) {
    throw new GatewayError('invalid-request', '`cursor`: take it from `next_cursor` as it is.', { field: 'cursor' })
  }
  return { startedAtMs: Number(startedAt), id }
}
