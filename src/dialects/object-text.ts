/**
 * The JSON text of an object that comes in pieces, and that may break off or make no sense: what was accepted, with the
 * rest behind it, is always an object.
 */
export interface ObjectText {
  /**
   * As much of a piece as goes on with the text; nothing any more once it made no sense. What a member begins with is held
   * until its value does, because a key alone says nothing.
   */
  accept(piece: string): string
  /** What closes the text where it is now. */
  rest(): string
}

type State =
  | 'start'
  | 'first-key'
  | 'key'
  | 'colon'
  | 'first-value'
  | 'value'
  | 'after'
  | 'string'
  | 'escape'
  | 'unicode'
  | 'number'
  | 'literal'
  | 'end'

interface Scan {
  state: State
  readonly open: ('{' | '[')[]
  /** True from an object's key to its value. */
  isKey: boolean
  /** A number, a literal or a code point, as far as it has come; of a run of a number's digits only the first. */
  token: string
}

export function createObjectText(): ObjectText {
  const scan: Scan = { state: 'start', open: [], isKey: false, token: '' }
  let broken = false
  let held = ''
  return {
    accept(piece) {
      if (broken) return ''
      let told = 0
      for (let at = 0; at < piece.length && !broken; at++) {
        broken = !step(scan, piece.charAt(at))
        if (!broken && !awaitsValue(scan)) told = at + 1
      }
      const text = told === 0 ? '' : held + piece.slice(0, told)
      held = told === 0 ? held + piece : piece.slice(told)
      return text
    },
    rest: () => (awaitsValue(scan) ? '' : (completions[scan.state]?.(scan) ?? '')) + closings(scan),
  }
}

/** Within a key, or between what comes before a value and the value. */
function awaitsValue({ state, isKey }: Scan): boolean {
  return isKey || state === 'key' || state === 'value'
}

const inside = new Set<State>(['string', 'escape', 'unicode', 'number', 'literal'])

/** False where a character cannot stand at its place. */
function step(scan: Scan, char: string): boolean {
  if (!inside.has(scan.state) && ' \t\n\r'.includes(char)) return true
  return steps[scan.state](scan, char)
}

const literals = ['true', 'false', 'null'] as const
const numberSoFar = /^-?(?:(?:0|[1-9]\d*)?|(?:0|[1-9]\d*)\.\d*|(?:0|[1-9]\d*)(?:\.\d+)?[eE][+-]?\d*)$/
/** Ends in a digit that any other may follow, which nothing may of a leading zero. */
const digitRun = /^(?!-?0$).*\d$/

const steps: Record<State, (scan: Scan, char: string) => boolean> = {
  start: (scan, char) => char === '{' && beginValue(scan, char),
  'first-key': (scan, char) => (char === '}' ? close(scan, '{') : beginKey(scan, char)),
  key: beginKey,
  colon: (scan, char) => char === ':' && enter(scan, 'value'),
  'first-value': (scan, char) => (char === ']' ? close(scan, '[') : beginValue(scan, char)),
  value: beginValue,
  after: goOn,
  string: inString,
  escape: (scan, char) => (char === 'u' ? enter(scan, 'unicode') : '"\\/bfnrt'.includes(char) && enter(scan, 'string')),
  unicode: inUnicode,
  number: inNumber,
  literal: inLiteral,
  end: () => false,
}

function enter(scan: Scan, state: State, token = ''): true {
  scan.state = state
  scan.token = token
  return true
}

function beginKey(scan: Scan, char: string): boolean {
  scan.isKey = true
  return char === '"' && enter(scan, 'string')
}

function beginValue(scan: Scan, char: string): boolean {
  scan.isKey = false
  if (char === '"') return enter(scan, 'string')
  if (char === '{' || char === '[') {
    scan.open.push(char)
    return enter(scan, char === '{' ? 'first-key' : 'first-value')
  }
  if (numberSoFar.test(char)) return enter(scan, 'number', char)
  return 'tfn'.includes(char) && enter(scan, 'literal', char)
}

function goOn(scan: Scan, char: string): boolean {
  if (char === ',') return enter(scan, scan.open.at(-1) === '{' ? 'key' : 'value')
  return char === '}' ? close(scan, '{') : char === ']' && close(scan, '[')
}

function close(scan: Scan, opening: '{' | '['): boolean {
  if (scan.open.at(-1) !== opening) return false
  scan.open.pop()
  return enter(scan, scan.open.length === 0 ? 'end' : 'after')
}

function inString(scan: Scan, char: string): boolean {
  if (char === '"') return enter(scan, scan.isKey ? 'colon' : 'after')
  return char === '\\' ? enter(scan, 'escape') : char >= ' '
}

function inUnicode(scan: Scan, char: string): boolean {
  if (!/^[0-9a-fA-F]$/.test(char)) return false
  return scan.token.length === 3 ? enter(scan, 'string') : enter(scan, 'unicode', scan.token + char)
}

/** A number ends with what comes after it. A model that repeats itself writes digits without end. */
function inNumber(scan: Scan, char: string): boolean {
  if (digitRun.test(scan.token) && /\d/.test(char)) return true
  const token = scan.token + char
  if (numberSoFar.test(token)) return enter(scan, 'number', token)
  return /\d$/.test(scan.token) && enter(scan, 'after') && step(scan, char)
}

function inLiteral(scan: Scan, char: string): boolean {
  const token = scan.token + char
  const word = literals.find((literal) => literal.startsWith(token))
  return word !== undefined && (word === token ? enter(scan, 'after') : enter(scan, 'literal', token))
}

const completions: Partial<Record<State, (scan: Scan) => string>> = {
  start: () => '{}',
  string: () => '"',
  escape: () => '\\"',
  unicode: ({ token }) => `${'0'.repeat(4 - token.length)}"`,
  number: ({ token }) => (/\d$/.test(token) ? '' : '0'),
  literal: ({ token }) => literals.find((literal) => literal.startsWith(token))?.slice(token.length) ?? '',
}

function closings({ open }: Scan): string {
  return open
    .map((opening) => (opening === '{' ? '}' : ']'))
    .toReversed()
    .join('')
}
