export interface Nearest {
  readonly name: string
  /** True when it is likely to be what was meant, and not only the least unlike. */
  readonly isLikely: boolean
}

/** The name that takes the fewest edits to get to; case and underscores do not count. */
export function nearestName(wanted: string, names: readonly string[]): Nearest | undefined {
  const target = normalise(wanted)
  const candidates = names.map((name) => ({
    name,
    plain: normalise(name),
    edits: editsBetween(target, normalise(name)),
  }))
  const best = candidates.toSorted((left, right) => left.edits - right.edits)[0]
  if (best === undefined) return undefined
  const contains =
    Math.min(target.length, best.plain.length) >= 4 && (target.includes(best.plain) || best.plain.includes(target))
  return { name: best.name, isLikely: contains || best.edits <= Math.max(target.length, best.plain.length) / 3 }
}

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
