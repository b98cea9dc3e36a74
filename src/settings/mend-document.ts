import { type Document, isScalar, type Node, type Pair, Scalar, visit } from 'yaml'

export interface Mending {
  /** Where the aliases begin that have no anchor. */
  readonly lostAliases: readonly number[]
  /** Values that are not what was meant; whatever else is wrong with them comes of that. */
  readonly doubtful: ReadonlySet<unknown>
}

/** Takes out of a document what cannot be read, in place, so that the rest can. `tagEnds`: where unknown tags end. */
export function mendDocument(document: Document, tagEnds: readonly number[]): Mending {
  const doubtful = new Set<unknown>(tagEnds.map((end) => firstNodeFrom(document, end)))
  const lostAliases = replaceLostAliases(document, doubtful)
  keepNames(document)
  // Their anchors may have been in what was taken out.
  replaceLostAliases(document, doubtful)
  return { lostAliases, doubtful }
}

function firstNodeFrom(document: Document, offset: number): Node | undefined {
  let found: Node | undefined
  visit(document, {
    Node(_key, node) {
      if ((node.range?.[0] ?? -1) < offset) return undefined
      found = node
      return visit.BREAK
    },
  })
  return found
}

function replaceLostAliases(document: Document, doubtful: Set<unknown>): number[] {
  const offsets: number[] = []
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document) !== undefined) return undefined
      offsets.push(alias.range?.[0] ?? 0)
      const nothing = new Scalar(null)
      nothing.range = alias.range ?? null
      doubtful.add(nothing)
      return nothing
    },
  })
  return offsets
}

/** Of each map its names, each with its first value. */
function keepNames(document: Document): void {
  visit(document, {
    Map(_key, map) {
      const names = new Set<string>()
      map.items = map.items.filter(hasName).filter(({ key: { value } }) => !names.has(value) && names.add(value))
    },
  })
}

/** As the parser has it, which says so of each that has none. */
function hasName(pair: Pair): pair is Pair<Scalar<string>> {
  const { key } = pair
  return isScalar(key) && typeof key.value === 'string' && [undefined, 'tag:yaml.org,2002:str'].includes(key.tag)
}
