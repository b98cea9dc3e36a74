import { listed } from './vector-text.ts'

/** The JSON of an object with long lists, in pieces: what comes before them, the lists that are there, what comes after. */
export function* objectPieces(
  before: object,
  lists: Readonly<Record<string, Iterable<object> | undefined>>,
  after: object = {},
): Iterable<string> {
  yield JSON.stringify(before).slice(0, -1)
  for (const [name, items] of Object.entries(lists)) {
    if (items === undefined) continue
    yield `,"${name}":[`
    yield* listed(jsonOf(items))
    yield ']'
  }
  const rest = JSON.stringify(after).slice(1)
  yield rest === '}' ? rest : `,${rest}`
}

function* jsonOf(items: Iterable<object>): Iterable<string> {
  for (const item of items) yield JSON.stringify(item)
}
