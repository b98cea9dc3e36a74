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
  const width = to.length + 1
  // A row for each character of `from`, one after the other; it has `width` columns.
  const edits = new Uint16Array((from.length + 1) * width)
  for (let column = 1; column < width; column++) edits[column] = column
  for (let row = 1; row <= from.length; row++) {
    edits[row * width] = row
    for (let column = 1; column < width; column++) {
      const cell = row * width + column
      const replaced = at(edits, cell - width - 1) + (from.charCodeAt(row - 1) === to.charCodeAt(column - 1) ? 0 : 1)
      const changed = Math.min(at(edits, cell - width) + 1, at(edits, cell - 1) + 1, replaced)
      edits[cell] = isSwap(from, to, row, column) ? Math.min(changed, at(edits, cell - 2 * width - 2) + 1) : changed
    }
  }
  return at(edits, edits.length - 1)
}

function isSwap(from: string, to: string, row: number, column: number): boolean {
  return (
    row > 1 &&
    column > 1 &&
    from.charCodeAt(row - 1) === to.charCodeAt(column - 2) &&
    from.charCodeAt(row - 2) === to.charCodeAt(column - 1)
  )
}

/** Every cell that is asked for is there. */
function at(edits: Uint16Array, cell: number): number {
  return edits[cell] ?? 0
}
