import type * as z from 'zod'
import { GatewayError } from './gateway-error.ts'
import { saysFields } from './known-fields.ts'

type Issue = z.core.$ZodIssue

/**
 * The first mismatch between a body and its schema as one sentence: which field, what was found, what is wanted. Text
 * that the caller sent is never repeated, because what is said here may be logged; a short word in the place of one of
 * some words is, because it cannot be a prompt and says at once what is wrong.
 */
export function describeMismatch(error: z.ZodError, body: unknown): GatewayError {
  const issue = mostTelling(error.issues[0])
  const place = issue === undefined ? [] : placeOf(issue)
  const path = formatPath(place)
  const value = valueAt(body, place)
  const found = issue === undefined ? describeFound(value) : describeAs(issue, value)
  return invalidField(path, found, issue === undefined ? 'another value' : describeWanted(issue))
}

/** The sentence in which every misfit of a request is told. */
export function invalidField(path: string, found: string, wanted: string): GatewayError {
  const message = `${path === '' ? 'The body' : `\`${path}\``}: found ${found}, wanted ${wanted}.`
  return new GatewayError('invalid-request', message, { field: path })
}

/** A union says only that no branch fits; the branch that got furthest says why. */
function mostTelling(issue: Issue | undefined, prefix: PropertyKey[] = []): Issue | undefined {
  if (issue === undefined) return undefined
  const path = [...prefix, ...issue.path]
  if (issue.code !== 'invalid_union') return { ...issue, path }
  const branches = issue.errors.map((branch) => mostTelling(branch[0], path)).filter((inner) => inner !== undefined)
  const deepest = branches.toSorted((left, right) => right.path.length - left.path.length)[0]
  if (deepest !== undefined && deepest.path.length > path.length) return deepest
  return { ...issue, path }
}

/**
 * Where the known fields are told, the one that nobody knows is what is wrong, and not the object that has it; elsewhere a
 * name may be anything.
 */
function placeOf(issue: Issue): readonly PropertyKey[] {
  const [unknown] = issue.code === 'unrecognized_keys' && saysFields(issue.message) ? issue.keys : []
  return unknown !== undefined && /^[\w-]{1,64}$/.test(unknown) ? [...issue.path, unknown] : issue.path
}

function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${String(step)}`))
    .join('')
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  let value = body
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Reflect.get(value, step)
  }
  return value
}

function wantsWord(issue: Issue): boolean {
  if (issue.code !== 'invalid_union') return issue.code === 'invalid_value'
  return (
    optionsOf(issue).length > 0 ||
    issue.errors.some(([inner]) => inner !== undefined && inner.path.length === 0 && wantsWord(inner))
  )
}

function describeAs(issue: Issue, value: unknown): string {
  if (wantsWord(issue)) return describeWord(value)
  if (typeof value === 'string' && wantsNumber(issue) && /^[-+\d.,]{1,16}$/.test(value)) return `the string "${value}"`
  return describeFound(value)
}

/** A number in quotes, or one with a comma, cannot be a prompt either. */
function wantsNumber(issue: Issue): boolean {
  const isNumeric = issue.code === 'invalid_type' && ['number', 'int'].includes(issue.expected)
  return isNumeric || issue.code === 'invalid_format'
}

/** The same, with a short word in full: for the place of one of some words. */
export function describeWord(value: unknown): string {
  return typeof value === 'string' && /^[\w-]{1,32}$/.test(value) ? JSON.stringify(value) : describeFound(value)
}

/** A value's kind and size, without what a caller wrote in it. */
export function describeFound(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (typeof value === 'string')
    return value === '' ? 'an empty string' : `a string of ${count(value.length, 'character')}`
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`
  if (typeof value === 'object') return 'an object'
  return String(value)
}

function count(amount: number | bigint, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`
}

const expectedWords: Record<string, string> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  // What zod calls anything that is missing where there may be anything.
  nonoptional: 'a value',
}

function describeWanted(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return expectedWords[issue.expected] ?? issue.expected
    case 'invalid_value':
      return `one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`
    case 'too_big':
      return `${issue.inclusive ? 'at most' : 'less than'} ${sized(issue.maximum, issue.origin)}`
    case 'too_small':
      return `${issue.inclusive ? 'at least' : 'more than'} ${sized(issue.minimum, issue.origin)}`
    case 'invalid_format':
      return describeFormat(issue)
    case 'invalid_union':
      return describeUnion(issue)
    case 'unrecognized_keys':
      return saysFields(issue.message) ? issue.message : 'only known fields'
    default:
      return issue.message
  }
}

/** The words of the schema; a pattern is shown where it has none of its own. */
function describeFormat({ format, pattern, message }: Extract<Issue, { code: 'invalid_format' }>): string {
  const hasWords = format !== 'regex' || !message.startsWith('Invalid string')
  return hasWords ? message : `a string that matches ${pattern ?? ''}`
}

function sized(bound: number | bigint, origin: string): string {
  if (origin === 'string') return count(bound, 'character')
  return origin === 'array' ? count(bound, 'item') : String(bound)
}

type UnionIssue = Extract<Issue, { code: 'invalid_union' }>

/** Of variants that a word tells apart, none has this one. Zod's types leave the options out. */
function optionsOf(issue: UnionIssue): readonly unknown[] {
  return (issue as { options?: readonly unknown[] }).options ?? []
}

function describeUnion(issue: UnionIssue): string {
  const options = optionsOf(issue)
  if (options.length > 0) return `one of ${options.map((option) => JSON.stringify(option)).join(', ')}`
  const wanted = issue.errors.map((branch) => (branch[0] === undefined ? '' : describeWanted(branch[0])))
  return [...new Set(wanted.filter((words) => words !== ''))].join(' or ')
}
