export interface Nearest {
  readonly name: string
  /** True when it is likely to be what was meant, and not only the least unlike. */
  readonly isLikely: boolean
}

/** A name that contains the wanted one or lies in it, else the one that takes the fewest edits to get to. */
export function nearestName(wanted: string, names: readonly string[]): Nearest | undefined {
  const target = normalise(wanted)
  const ranked = names.map((name) => {
    const plain = normalise(name)
    const edits = editsBetween(target, plain)
    const isLikely = contain(target, plain) || edits <= Math.max(target.length, plain.length) / 3
    return { name, edits, isLikely }
  })
  return ranked.toSorted((left, right) => Number(right.isLikely) - Number(left.isLikely) || left.edits - right.edits)[0]
}

/** Whether one lies in the other; very short names lie in many. */
function contain(some: string, other: string): boolean {
  return Math.min(some.length, other.length) >= 4 && (some.includes(other) || other.includes(some))
}

/** Case and underscores do not count. */
function normalise(name: string): string {
  return name.toLowerCase().replaceAll('_', '')
}

/** Levenshtein distance, a row at a time. */
function editsBetween(from: string, to: string): number {
  let last = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (const [row, letter] of [...from].entries()) {
    const current = [row + 1]
    for (const [column, other] of [...to].entries()) {
      const [above = 0, left = 0, across = 0] = [last[column + 1], current[column], last[column]]
      current.push(Math.min(above + 1, left + 1, across + (letter === other ? 0 : 1)))
    }
    last = current
  }
  return last.at(-1) ?? 0
}
