import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Asking, openAsking } from '../../src/embeddings/asking.ts'
import { type Batch, createBatchLine } from '../../src/embeddings/batch-line.ts'
import { openVisit } from '../chat/open-visit.ts'

const [inputsMax, tokensMax] = [4, 40]
const owners = ['a', 'b', 'c']

interface Turn {
  readonly owner: string
  readonly batch: Batch
}

/** Requests that come and leave, and batches that are sent and end, at random; each batch is judged as it is taken. */
function openScene() {
  const line = createBatchLine({ inputsMax, tokensMax })
  const askings: Asking[] = []
  const running: Turn[] = []
  /** Who had a turn while an owner waited without one. */
  const before = new Map(owners.map((owner) => [owner, new Set<string>()]))
  const sent = new Map<Asking, number>()

  const waiting = () => askings.filter((asking) => !asking.isOver() && asking.left() > 0)
  const waitsOf = (owner: string) => waiting().filter((asking) => asking.owner === owner).length
  const runningOf = (owner: string) => running.filter((turn) => turn.owner === owner).length

  function come(pick: number): void {
    const owner = owners[pick % 3] ?? ''
    // It may have left meanwhile, and waits anew.
    if (waitsOf(owner) === 0) before.get(owner)?.clear()
    const content = Array.from({ length: 1 + (pick % 7) }, () => 'word').join(' ')
    const inputs = Array.from({ length: 1 + (pick % 11) }, (_, at) => ({ content, field: `${at}` }))
    const over = (asking: Asking) => line.remove(asking)
    const request = { inputs, overlong: { action: 'refuse' as const } }
    const asking = openAsking(request, openVisit({ keyId: owner }), { since: askings.length, onOver: over })
    asking.done.catch(() => undefined)
    askings.push(asking)
    line.add(asking)
  }

  function take(): void {
    const waited = owners.filter((owner) => waitsOf(owner) > 0)
    const batch = line.take(true)
    const [first] = batch?.items ?? []
    expect(first === undefined, 'nothing was sent while somebody waited').toBe(waited.length === 0)
    if (batch === undefined || first === undefined) return
    judgeTurn(first.asking.owner, waited)
    judgeItems(batch)
    running.push({ owner: first.asking.owner, batch })
  }

  function judgeTurn(holder: string, waited: readonly string[]): void {
    expect(runningOf(holder), 'somebody has fewer running').toBe(Math.min(...waited.map(runningOf)))
    for (const owner of owners) {
      const others = before.get(owner)
      if (owner === holder || !waited.includes(owner) || runningOf(owner) > 0 || waitsOf(owner) === 0) others?.clear()
      else {
        expect(others?.has(holder), `${holder} had two turns while ${owner} waited without one`).toBe(false)
        others?.add(holder)
      }
    }
  }

  function judgeItems({ items }: Batch): void {
    const tokens = items.reduce((sum, item) => sum + item.tokens, 0)
    expect(items.length).toBeLessThanOrEqual(inputsMax)
    if (items.length > 1) expect(tokens).toBeLessThanOrEqual(tokensMax)
    for (const { asking, index } of items) {
      expect(asking.isOver()).toBe(false)
      expect(index, 'inputs go in order, and once').toBe(sent.get(asking) ?? 0)
      sent.set(asking, index + 1)
    }
    if (items[0] !== undefined && items[0].asking.left() > 0) return
    const [inputsLeft, tokensLeft] = [inputsMax - items.length, tokensMax - tokens]
    const fits = (asking: Asking) => asking.left() <= inputsLeft && asking.tokensLeft() <= tokensLeft
    expect(waiting().filter(fits), 'there was room for one that waits').toEqual([])
  }

  function end(pick: number): void {
    const [turn] = running.splice(pick % Math.max(1, running.length), 1)
    turn?.batch.end()
  }

  function leave(pick: number): void {
    const some = waiting()
    some[pick % Math.max(1, some.length)]?.fail(new Error('The client left.'))
  }

  return { line, askings, running, waiting, act: { come, take, end, leave } }
}

const step = fc.record({
  what: fc.constantFrom('come' as const, 'come' as const, 'take' as const, 'end' as const, 'leave' as const),
  pick: fc.nat(),
})

test('whoever comes and leaves, owners take turns, no room is left that somebody fits in, and every input is sent once', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const { line, askings, running, waiting, act } = openScene()
      for (const { what, pick } of steps) {
        act[what](pick)
        expect(line.isEmpty).toBe(waiting().length === 0)
        expect(line.waiting).toBe(waiting().filter((asking) => !asking.isBegun()).length)
      }
      while (!line.isEmpty) {
        act.take()
        act.end(0)
      }
      while (running.length > 0) act.end(0)
      expect(askings.filter((asking) => !asking.isOver() && asking.left() > 0)).toEqual([])
      expect([line.waiting, line.isFull, line.batchesLeft(true), line.batchesLeft(false)]).toEqual([0, false, 0, 0])
    }),
    { numRuns: 500 },
  )
})
