import type { SourceFile } from './find-forbidden-imports.ts'
import { readTokens, type Token } from './read-tokens.ts'

/** The lines on which a file reaches for the process's environment, however it is spelt. */
export function findEnvironmentReads(text: string): number[] {
  return find(text, (tokens, index) => readsProperty(tokens, index) || unpacks(tokens, index))
}

/** The lines on which a file writes to the console. */
export function findConsoleUses(text: string): number[] {
  return find(text, (tokens, index) => isWord(tokens[index], 'console') && !isProperty(tokens, index))
}

/** Names that say nothing of what is inside, in any part of a path. */
export function hasEmptyName({ path }: Pick<SourceFile, 'path'>): boolean {
  return /(?:^|[/\-_.])(?:utils?|helpers?|common|managers?)(?:[/\-_.]|$)/i.test(path)
}

function find(text: string, matches: (tokens: readonly Token[], index: number) => boolean): number[] {
  const tokens = readTokens(text)
  return tokens.flatMap((token, index) => (matches(tokens, index) ? [token.line] : []))
}

/** `process.env`, `process?.env` and `process['env']`. */
function readsProperty(tokens: readonly Token[], index: number): boolean {
  if (!isWord(tokens[index], 'process')) return false
  const next = tokens.slice(index + 1, index + 4).find(({ value }) => !['.', '?', '['].includes(value))
  const isReached = ['.', '?', '['].includes(tokens[index + 1]?.value ?? '')
  return isReached && next?.value === 'env'
}

/** `const { env } = process` and `import { env } from 'node:process'`. */
function unpacks(tokens: readonly Token[], index: number): boolean {
  const [brace, join, source] = tokens.slice(index, index + 3)
  if (brace?.value !== '}' || (join?.value !== '=' && join?.value !== 'from')) return false
  if (source?.value !== 'process' && source?.value !== 'node:process') return false
  const opened = tokens.slice(0, index).findLastIndex(({ value }) => value === '{')
  return tokens.slice(opened, index).some((token) => isWord(token, 'env'))
}

function isWord(token: Token | undefined, value: string): boolean {
  return token?.kind === 'word' && token.value === value
}

function isProperty(tokens: readonly Token[], index: number): boolean {
  const [after, next] = [tokens[index - 1], tokens[index + 1]]
  return after?.value === '.' || next?.value === ':'
}
