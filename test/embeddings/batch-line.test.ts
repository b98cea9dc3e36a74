import { expect, test } from 'vitest'
import { type Asking, type BatchItem, openAsking } from '../../src/embeddings/asking.ts'
import { type BatchLine, createBatchLine } from '../../src/embeddings/batch-line.ts'
import { openVisit } from '../chat/open-visit.ts'

function asking(name: string, count: number, words = 1): Asking {
  const content = Array.from({ length: words }, () => 'word').join(' ')
  const inputs = Array.from({ length: count }, (_, at) => ({ content, field: `${name}${at}` }))
  const request = { inputs, overlong: { action: 'refuse' as const } }
  return openAsking(request, openVisit(), { since: 0, onOver: () => undefined })
}

function lineOf(...askings: readonly Asking[]): BatchLine {
  const line = createBatchLine({ inputsMax: 4, tokensMax: 40 })
  for (const one of askings) line.add(one)
  return line
}

function fieldsOf(items: readonly BatchItem[]): string {
  return items.map(({ input }) => input.field).join(' ')
}

function takeAll(line: BatchLine, mixes = true): string[] {
  const batches: string[] = []
  while (!line.isEmpty) batches.push(fieldsOf(line.take(mixes)))
  return batches
}

test('single inputs go together, up to the bound', () => {
  const line = lineOf(...['a', 'b', 'c', 'd', 'e'].map((name) => asking(name, 1)))
  expect(takeAll(line)).toEqual(['a0 b0 c0 d0', 'e0'])
})

test('a large request has a turn like everybody else, and its rest goes with others', () => {
  const line = lineOf(asking('a', 9), asking('b', 1), asking('c', 1))
  expect(takeAll(line)).toEqual(['a0 a1 a2 a3', 'b0 c0', 'a4 a5 a6 a7', 'a8'])
})

test('two large requests take turns', () => {
  expect(takeAll(lineOf(asking('a', 8), asking('b', 8)))).toEqual([
    'a0 a1 a2 a3',
    'b0 b1 b2 b3',
    'a4 a5 a6 a7',
    'b4 b5 b6 b7',
  ])
})

test('who does not fit as a whole is passed over, and keeps its turn', () => {
  const line = lineOf(asking('a', 2), asking('b', 3), asking('c', 2))
  expect(takeAll(line)).toEqual(['a0 a1 c0 c1', 'b0 b1 b2'])
})

test('long inputs fill a batch by their tokens, and one that is longer than it goes alone', () => {
  const line = lineOf(asking('a', 2, 40), asking('b', 1), asking('c', 1))
  expect(takeAll(line)).toEqual(['a0', 'b0 c0', 'a1'])
})

test('requests stay apart where they may not be mixed', () => {
  expect(takeAll(lineOf(asking('a', 1), asking('b', 2)), false)).toEqual(['a0', 'b0 b1'])
})

test('it knows when it is full, and who waits', () => {
  const line = lineOf(asking('a', 3))
  expect([line.waiting, line.isFull]).toEqual([1, false])
  const late = asking('b', 9)
  line.add(late)
  expect([line.waiting, line.isFull]).toEqual([2, true])
  line.take(true)
  line.take(true)
  expect(line.waiting).toBe(0)
  line.remove(late)
  expect([line.isEmpty, line.isFull]).toEqual([true, false])
})
