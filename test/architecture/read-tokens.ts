/** A piece of source text that matters here; comments and white space are left out. */
export interface Token {
  readonly kind: 'text' | 'word' | 'mark'
  /** For text, what stands between the quotes. */
  readonly value: string
  readonly line: number
}

const skipped = /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y
const quoted = /'((?:\\.|[^'\\\n])*)'|"((?:\\.|[^"\\\n])*)"|`((?:\\.|[^`\\])*)`/y
const regularExpression = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y
const word = /[\w$]+/y
/** After one of these a slash opens a regular expression, and does not divide. */
const opensExpression = new Set(['(', ',', '=', ':', '[', '!', '&', '|', '?', '{', '}', ';', '>', 'return'])

/**
 * Cuts source text into tokens. Enough of the grammar to find imports and names without being led astray by comments,
 * strings and regular expressions that hold quotes; code inside a template's `${}` counts as text.
 */
export function readTokens(source: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  let line = 1
  while (at < source.length) {
    const found = skip(source, at) ?? readText(source, at) ?? readExpression(source, at, tokens) ?? readName(source, at)
    const { length, token } = found ?? { length: 1, token: { kind: 'mark' as const, value: source.charAt(at) } }
    if (token !== undefined) tokens.push({ ...token, line })
    line += source.slice(at, at + length).split('\n').length - 1
    at += length
  }
  return tokens
}

interface Found {
  readonly length: number
  readonly token?: Omit<Token, 'line'>
}

function match(pattern: RegExp, source: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(source)
}

function skip(source: string, at: number): Found | undefined {
  const found = match(skipped, source, at)
  return found === null ? undefined : { length: found[0].length }
}

function readText(source: string, at: number): Found | undefined {
  const found = match(quoted, source, at)
  if (found === null) return undefined
  return { length: found[0].length, token: { kind: 'text', value: found[1] ?? found[2] ?? found[3] ?? '' } }
}

function readExpression(source: string, at: number, before: readonly Token[]): Found | undefined {
  const last = before.at(-1)
  if (last !== undefined && !(last.kind !== 'text' && opensExpression.has(last.value))) return undefined
  const found = match(regularExpression, source, at)
  return found === null ? undefined : { length: found[0].length, token: { kind: 'mark', value: '/' } }
}

function readName(source: string, at: number): Found | undefined {
  const found = match(word, source, at)
  return found === null ? undefined : { length: found[0].length, token: { kind: 'word', value: found[0] } }
}
