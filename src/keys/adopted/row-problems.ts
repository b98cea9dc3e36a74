import type { TokenProblem } from './decode-token.ts'

export type RowProblem = TokenProblem | 'duplicate-token' | 'no-expiry' | 'no-permissions'

const words: Readonly<Record<RowProblem, string>> = {
  'no-token': 'no token: they let nobody in',
  'no-text': 'a token that is no text: they let nobody in',
  'no-hash': 'a token that is no hash of the configured encoding: they let nobody in',
  'not-presentable':
    'a token that no client can send, because it is too long, or holds outer spaces or other than ASCII',
  'duplicate-token': 'the same token as another row: none of them lets anybody in',
  'no-expiry': 'an expiry that cannot be read (only NULL is never): they count as expired',
  'no-permissions': 'permissions that cannot be read: they permit no service',
}

/** One sentence for each problem that there is. */
export function describeProblems(table: string, problems: readonly RowProblem[]): string[] {
  const counts = Map.groupBy(problems, (problem) => problem)
  return [...counts].map(([problem, { length }]) => {
    return `${length} ${length === 1 ? 'row' : 'rows'} of ${table} with ${words[problem]}`
  })
}
