import { credentialMax } from '../key-format.ts'
import type { TokenProblem } from './decode-token.ts'
import { namedMax, nameFew } from './name-few.ts'

export type RowProblem =
  | TokenProblem
  | 'duplicate-token'
  | 'duplicate-id'
  | 'like-hash'
  | 'no-expiry'
  | 'early-expiry'
  | 'shown-token'
  | 'no-permissions'

const words: Readonly<Record<RowProblem, string>> = {
  'no-token': 'no token: they let nobody in',
  'no-text': 'a token that is no text: they let nobody in',
  'no-hash': 'a token that is no hash of the configured encoding: they let nobody in',
  'not-presentable': `a token that no client can send, because it has more than ${credentialMax} characters, outer spaces, or other than ASCII: they let nobody in`,
  'duplicate-token': 'the same token as another row: none of them lets anybody in',
  'duplicate-id': 'the same id as another row: their usage and their limits are those of one key',
  'like-hash':
    'a token that looks like a hash, although the encoding is plain: if it is one, whoever reads the table holds the keys',
  'no-expiry': 'an expiry that cannot be read (only NULL is never): they count as expired',
  'early-expiry':
    'an expiry before 1973, as seconds have that are taken for milliseconds: they count as expired (set keys.table.expires.type to unix if they are seconds)',
  'shown-token': 'an id or a name that is the token itself: a fingerprint is shown in its place',
  'no-permissions': 'permissions that cannot be read: they permit no service',
}

/** What is told only where nearly all who have a token have it: single ones are chance. */
const sharesMin: Partial<Record<RowProblem, number>> = { 'like-hash': 0.9 }

/** The problems of a table's rows, counted, with the names of the first few that have each. */
export interface ProblemTally {
  /** `row` is how people know it; empty where the table says nothing of that. */
  note(problem: RowProblem, row: string): void
  /** One sentence for each problem that there is among so many rows. */
  describe(table: string, rows: number): string[]
}

export function createProblemTally(): ProblemTally {
  const tally = new Map<RowProblem, { count: number; readonly named: string[] }>()

  function findOrAdd(problem: RowProblem) {
    const known = tally.get(problem)
    if (known !== undefined) return known
    const first = { count: 0, named: [] }
    tally.set(problem, first)
    return first
  }

  return {
    note(problem, row) {
      const noted = findOrAdd(problem)
      noted.count++
      if (row !== '' && noted.named.length < namedMax) noted.named.push(row)
    },
    describe(table, rows) {
      const filled = rows - (tally.get('no-token')?.count ?? 0)
      const told = [...tally].filter(([problem, { count }]) => count >= filled * (sharesMin[problem] ?? 0))
      return told.map(([problem, { count, named }]) => {
        const few = nameFew(named, count)
        const rowWord = count === 1 ? 'row' : 'rows'
        return `${count} ${rowWord} of ${table} with ${words[problem]}${few === '' ? '' : ` (${few})`}`
      })
    },
  }
}
