import { readTokens, type Token } from './read-tokens.ts'

export interface Import {
  /** What is named between the quotes; undefined where the code computes it. */
  readonly specifier: string | undefined
  readonly line: number
}

/** Every import of a source file: static, for types, for side effects, re-exported and dynamic. */
export function readImports(source: string): Import[] {
  const tokens = readTokens(source)
  return tokens.flatMap((token, index) => {
    if (token.kind !== 'word' || isProperty(tokens, index)) return []
    if (token.value === 'from') return plain(tokens[index + 1])
    if (token.value === 'import') return isCall(tokens, index) ? dynamic(tokens, index) : plain(tokens[index + 1])
    return token.value === 'require' && isCall(tokens, index) ? dynamic(tokens, index) : []
  })
}

function isProperty(tokens: readonly Token[], index: number): boolean {
  return tokens[index - 1]?.value === '.' && tokens[index - 2]?.value !== '.'
}

function isCall(tokens: readonly Token[], index: number): boolean {
  return isMark(tokens[index + 1], '(')
}

/** `from` and `import` are also names; only what stands directly before text names a module. */
function plain(next: Token | undefined): Import[] {
  return next?.kind === 'text' ? [{ specifier: next.value, line: next.line }] : []
}

function dynamic(tokens: readonly Token[], index: number): Import[] {
  const [argument, end] = tokens.slice(index + 2, index + 4)
  if (argument === undefined) return []
  const isWhole = isMark(end, ')') || isMark(end, ',')
  const isText = argument.kind === 'text' && isWhole && !/\$\{/.test(argument.value)
  return [{ specifier: isText ? argument.value : undefined, line: argument.line }]
}

function isMark(token: Token | undefined, value: string): boolean {
  return token?.kind === 'mark' && token.value === value
}
