import { setImmediate } from 'node:timers/promises'

const turnSize = 1000

/** Visits all, and lets requests be served in between: a hundred thousand keys must not hold up the server. */
export async function visitInTurns<Item>(items: readonly Item[], visit: (item: Item) => void): Promise<void> {
  for (let start = 0; start < items.length; start += turnSize) {
    if (start > 0) await setImmediate()
    for (const item of items.slice(start, start + turnSize)) visit(item)
  }
}
