/**
 * The JSON text of an object that comes in pieces, and that may break off or make no sense: what was accepted, with the
 * rest behind it, is always an object.
 */
export interface ObjectText {
  /** As much of a piece as goes on with the text; nothing any more once it made no sense. */
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
  /** True within a string that is an object's key. */
  isKey: boolean
  /** A number, a literal or a code point, as far as it has come; of a run of a number's digits only the first. */
  token: string
}

export function createObjectText(): ObjectText {
  const scan: Scan = { state: 'start', open: [], isKey: false, token: '' }
  let broken = false
  return {
    accept(piece) {
      if (broken) return ''
      for (let at = 0; at < piece.length; at++) {
        if (step(scan, piece.charAt(at))) continue
        broken = true
        return piece.slice(0, at)
      }
      return piece
    },
    rest: () => completions[scan.state](scan) + closings(scan),
  }
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

const completions: Record<State, (scan: Scan) => string> = {
  start: () => '{}',
  'first-key': () => '',
  key: () => '"":null',
  colon: () => ':null',
  'first-value': () => '',
  value: () => 'null',
  after: () => '',
  string: endString,
  escape: (scan) => `\\${endString(scan)}`,
  unicode: (scan) => '0'.repeat(4 - scan.token.length) + endString(scan),
  number: ({ token }) => (/\d$/.test(token) ? '' : '0'),
  literal: ({ token }) => literals.find((literal) => literal.startsWith(token))?.slice(token.length) ?? '',
  end: () => '',
}

function endString({ isKey }: Scan): string {
  return isKey ? '":null' : '"'
}

function closings({ open }: Scan): string {
  return open
    .map((opening) => (opening === '{' ? '}' : ']'))
    .toReversed()
    .join('')
}
