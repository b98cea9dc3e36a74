import { setImmediate } from 'node:timers/promises'

/** How long others wait for something large to be worked through, at most, beside one item of it. */
const turnMs = 10

/** Visits all, and lets requests be served in between. */
export async function visitInTurns<Item>(items: Iterable<Item>, visit: (item: Item) => void): Promise<void> {
  let from = performance.now()
  for (const item of items) {
    visit(item)
    if (performance.now() - from < turnMs) continue
    await setImmediate()
    from = performance.now()
  }
}

/** A text that is written piece by piece. */
export async function joinInTurns(pieces: Iterable<string>): Promise<string> {
  let text = ''
  await visitInTurns(pieces, (piece) => {
    text += piece
  })
  return text
}
