import { editDistance } from '../../wire/nearest-name.ts'

/** Names that contain the wanted one or lie in it first, then by how few edits it takes to get to them. */
export function byNearness(wanted: string, names: readonly string[]): readonly string[] {
  const target = normalise(wanted)
  const ranked = names.map((name) => {
    const plain = normalise(name)
    const edits = editDistance(target, plain)
    const isLikely = contain(target, plain) || edits <= Math.max(target.length, plain.length) / 3
    return { name, edits, isLikely }
  })
  return ranked
    .toSorted((left, right) => Number(right.isLikely) - Number(left.isLikely) || left.edits - right.edits)
    .map(({ name }) => name)
}

/** Whether one lies in the other; very short names lie in many. */
function contain(some: string, other: string): boolean {
  return Math.min(some.length, other.length) >= 4 && (some.includes(other) || other.includes(some))
}

/** Case and underscores do not count. */
function normalise(name: string): string {
  return name.toLowerCase().replaceAll('_', '')
}
