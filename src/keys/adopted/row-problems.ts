import type { TokenProblem } from './decode-token.ts'

export type RowProblem =
  | TokenProblem
  | 'duplicate-token'
  | 'duplicate-id'
  | 'like-hash'
  | 'no-expiry'
  | 'no-permissions'

const words: Readonly<Record<RowProblem, string>> = {
  'no-token': 'no token: they let nobody in',
  'no-text': 'a token that is no text: they let nobody in',
  'no-hash': 'a token that is no hash of the configured encoding: they let nobody in',
  'not-presentable':
    'a token that no client can send, because it is too long, or holds outer spaces or other than ASCII',
  'duplicate-token': 'the same token as another row: none of them lets anybody in',
  'duplicate-id': 'the same id as another row: their usage and their limits are those of one key',
  'like-hash':
    'a token that looks like a hash, although the encoding is plain: if it is one, whoever reads the table holds the keys',
  'no-expiry': 'an expiry that cannot be read (only NULL is never): they count as expired',
  'no-permissions': 'permissions that cannot be read: they permit no service',
}

export interface FoundProblem {
  readonly problem: RowProblem
  /** Which row has it, as people know it; empty where the table says nothing of that. */
  readonly row: string
}

/** As many as it takes to find the others. */
const namedMax = 3

/** One sentence for each problem that there is. */
export function describeProblems(table: string, found: readonly FoundProblem[]): string[] {
  const groups = Map.groupBy(found, ({ problem }) => problem)
  return [...groups].map(([problem, rows]) => {
    const { length } = rows
    return `${length} ${length === 1 ? 'row' : 'rows'} of ${table} with ${words[problem]}${nameSome(rows)}`
  })
}

function nameSome(rows: readonly FoundProblem[]): string {
  const named = rows.flatMap(({ row }) => (row === '' ? [] : [row])).slice(0, namedMax)
  if (named.length === 0) return ''
  return ` (${named.join(', ')}${rows.length > named.length ? ', …' : ''})`
}
