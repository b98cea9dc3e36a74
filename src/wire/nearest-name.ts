/** The known name that takes the fewest edits to get to; case and separators do not count. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const wanted = normalise(name)
  return known
    .map((candidate) => ({ candidate, edits: editDistance(wanted, normalise(candidate)) }))
    .toSorted((left, right) => left.edits - right.edits)[0]?.candidate
}

/** Nobody's settings have longer names; the distance takes time that grows with the product of the lengths. */
const nameLengthMax = 100

function normalise(name: string): string {
  return name.slice(0, nameLengthMax).toLowerCase().replaceAll(/[_-]/g, '')
}

/** Optimal string alignment: one edit puts in, takes out, replaces a character, or swaps two neighbours. */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const replaced = at(last, column - 1) + (from[row - 1] === to[column - 1] ? 0 : 1)
      const edits = Math.min(at(last, column) + 1, at(current, column - 1) + 1, replaced)
      current.push(isSwap(from, to, row, column) ? Math.min(edits, at(beforeLast, column - 2) + 1) : edits)
    }
    beforeLast = last
    last = current
  }
  return at(last, to.length)
}

function isSwap(from: string, to: string, row: number, column: number): boolean {
  return row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
}

function at(distances: readonly number[], column: number): number {
  return distances[column] ?? Number.POSITIVE_INFINITY
}
