/** The name that a misspelt one most likely means, or undefined where none is near. */
export function nearestName(misspelt: string, names: readonly string[]): string | undefined {
  let nearest: string | undefined
  let smallest = Math.max(3, Math.ceil(misspelt.length / 2))
  for (const name of names) {
    const distance = editDistance(misspelt.toLowerCase(), name.toLowerCase())
    if (distance >= smallest) continue
    smallest = distance
    nearest = name
  }
  return nearest
}

/** Levenshtein's distance, a row at a time. */
function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column)
  for (let row = 1; row <= left.length; row++) {
    const current = [row]
    for (let column = 1; column <= right.length; column++) {
      const substitution = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1)
      current.push(Math.min((previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, substitution))
    }
    previous = current
  }
  return previous[right.length] ?? 0
}
