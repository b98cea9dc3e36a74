import { expect, test } from 'vitest'
import { joinInTurns, visitInTurns } from '../../src/wire/in-turns.ts'
import { turnsDuring } from './turns-during.ts'

/** Works for so long without a pause. */
function work(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

test('items are visited in order, and others have their turn in between', async () => {
  const visited: number[] = []
  const items = [1, 2, 3, 4]
  const turns = await turnsDuring(() =>
    visitInTurns(items, (item) => {
      work(12)
      visited.push(item)
    }),
  )
  expect(visited).toEqual(items)
  expect(turns).toBeGreaterThanOrEqual(4)
})

test('what is soon done is done at once', async () => {
  expect(await turnsDuring(() => visitInTurns([1, 2, 3], () => undefined))).toBe(0)
})

test('a text is written in the same way', async () => {
  function* pieces() {
    for (const piece of ['a', 'b', 'c']) {
      work(12)
      yield piece
    }
  }
  let text = ''
  const turns = await turnsDuring(async () => {
    text = await joinInTurns(pieces())
  })
  expect([text, turns >= 3]).toEqual(['abc', true])
})

test('a visit that throws ends it', async () => {
  const visit = () => {
    throw new Error('enough')
  }
  await expect(visitInTurns([1], visit)).rejects.toThrow('enough')
})
