import { editDistance } from '../../wire/nearest-name.ts'

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
    const edits = editDistance(target, plain)
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
