import { hasTooManyValues } from './json-values.ts'

/**
 * JSON with numbers that JavaScript's cannot hold, such as identifiers beyond 2^53. Readers see them rounded, as always;
 * what is written again has their digits.
 */

/** What Node has and its types do not know yet: https://github.com/tc39/proposal-json-parse-with-source */
interface SourceJson {
  parse(text: string, revive: (this: object, name: string, value: unknown, context: Context) => unknown): unknown
  /** Something that is written as this text. */
  rawJSON(text: string): object
  isRawJSON(value: unknown): boolean
}

interface Context {
  /** How a value was written that is neither an object nor a list. */
  readonly source?: string
}

// The same object, looked at as it is.
const json = JSON as unknown as SourceJson

const digits = Symbol('the digits of numbers inside, by name')

/** To look at each value takes thirty times as long as to read it; in more than this many, long integers are rounded. */
const lookedAtMost = { values: 20_000, names: 20_000 }

/** As JSON.parse; `stringifyExact` knows how long integers were written, in objects and lists that are still the same. */
export function parseExact(text: string): unknown {
  const isLookedAt = /[:,[]\s*-?\d{16}/.test(text) && !hasTooManyValues(text, lookedAtMost)
  return isLookedAt ? json.parse(text, noteDigits) : JSON.parse(text)
}

function noteDigits(this: object, name: string, value: unknown, { source }: Context): unknown {
  if (source === undefined || !Number.isInteger(value) || Number.isSafeInteger(value)) return value
  if (!Object.hasOwn(this, digits)) Object.defineProperty(this, digits, { value: new Map<string, string>() })
  digitsIn(this)?.set(name, source)
  return value
}

function digitsIn(container: object): Map<string, string> | undefined {
  return Reflect.get(container, digits)
}

/** As JSON.stringify. */
export function stringifyExact(value: unknown): string {
  const text = JSON.stringify(value)
  return /[:,[]-?(?:\d{16}|\d[\d.]*e\+)/.test(text) ? JSON.stringify(value, writeDigits) : text
}

function writeDigits(this: object, name: string, value: unknown): unknown {
  const source = digitsIn(this)?.get(name)
  return source === undefined || Number(source) !== value ? value : json.rawJSON(source)
}

/**
 * As JSON.parse, for what is only to be written again: every number in it that would be written otherwise is one of
 * `isRawNumber`.
 */
export function parseToWrite(text: string): unknown {
  const isLookedAt = /\d{16}|\d[.eE]/.test(text) && !hasTooManyValues(text, lookedAtMost)
  return isLookedAt ? json.parse(text, keepSource) : JSON.parse(text)
}

function keepSource(this: object, _name: string, value: unknown, { source }: Context): unknown {
  const isAsWritten = source === undefined || typeof value !== 'number' || String(value) === source
  return isAsWritten ? value : json.rawJSON(source)
}

export function isRawNumber(value: unknown): boolean {
  return json.isRawJSON(value)
}
