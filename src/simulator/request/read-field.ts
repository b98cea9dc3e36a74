import type { Issue } from './vllm-error.ts'

/**
 * Reads one field as pydantic does in its lax mode: what is missing or null is null, numbers may come as text, and
 * whatever does not fit is added to the issues.
 */
export type Reader<T> = (value: unknown, loc: Loc, issues: Issue[]) => T | null

export type Loc = readonly (string | number)[]

export type Json = { readonly [name: string]: unknown }

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export const text: Reader<string> = (value, loc, issues) => {
  if (value === undefined || value === null) return null
  if (typeof value === 'string') return value
  return misfit(issues, { type: 'string_type', loc, msg: 'Input should be a valid string', input: value })
}

export const flag: Reader<boolean> = (value, loc, issues) => {
  if (value === undefined || value === null) return null
  if (typeof value === 'boolean') return value
  const known = flagWords.get(String(value).toLowerCase())
  if (known !== undefined) return known
  const type = typeof value === 'string' ? 'bool_parsing' : 'bool_type'
  const reason = typeof value === 'string' ? ', unable to interpret input' : ''
  return misfit(issues, { type, loc, msg: `Input should be a valid boolean${reason}`, input: value })
}

const flagWords = new Map([
  ...['true', '1', 'yes', 'on', 't', 'y'].map((word) => [word, true] as const),
  ...['false', '0', 'no', 'off', 'f', 'n'].map((word) => [word, false] as const),
])

export const float: Reader<number> = (value, loc, issues) => {
  if (value === undefined || value === null) return null
  if (typeof value === 'number') return value
  const parsed = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN
  if (!Number.isNaN(parsed)) return parsed
  return misfit(issues, unparsed(value, loc, { type: 'float', noun: 'number' }))
}

export const integer: Reader<number> = (value, loc, issues) => {
  const number = typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value) ? Number(value) : value
  if (number === undefined || number === null) return null
  if (typeof number !== 'number') return misfit(issues, unparsed(value, loc, { type: 'int', noun: 'integer' }))
  if (Number.isInteger(number)) return number
  if (!Number.isFinite(number)) {
    return misfit(issues, { type: 'finite_number', loc, msg: 'Input should be a finite number', input: value })
  }
  const msg = 'Input should be a valid integer, got a number with a fractional part'
  return misfit(issues, { type: 'int_from_float', loc, msg, input: value })
}

export const dictionary: Reader<Json> = (value, loc, issues) => {
  if (value === undefined || value === null) return null
  if (isJson(value)) return value
  return misfit(issues, { type: 'dict_type', loc, msg: 'Input should be a valid dictionary', input: value })
}

export function oneOf<const Word extends string>(...words: Word[]): Reader<Word> {
  const quoted = words.map((word) => `'${word}'`)
  const expected = quoted.length === 1 ? quoted[0] : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`
  return (value, loc, issues) => {
    if (value === undefined || value === null) return null
    const found = words.find((word) => word === value)
    if (found !== undefined) return found
    const issue = { type: 'literal_error', loc, msg: `Input should be ${expected}`, input: value }
    return misfit(issues, { ...issue, ctx: { expected } })
  }
}

/** Notes a misfit; the field then counts as absent, because the whole body will be refused. */
export function misfit(issues: Issue[], issue: Issue): null {
  issues.push(issue)
  return null
}

function unparsed(value: unknown, loc: Loc, { type, noun }: { type: string; noun: string }): Issue {
  if (typeof value !== 'string')
    return { type: `${type}_type`, loc, msg: `Input should be a valid ${noun}`, input: value }
  const msg = `Input should be a valid ${noun}, unable to parse string as ${noun === 'number' ? 'a number' : 'an integer'}`
  return { type: `${type}_parsing`, loc, msg, input: value }
}
