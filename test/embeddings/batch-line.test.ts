import { describe, expect, test } from 'vitest'
import { type Asking, type BatchItem, openAsking } from '../../src/embeddings/asking.ts'
import { type BatchLine, createBatchLine } from '../../src/embeddings/batch-line.ts'
import { openVisit } from '../chat/open-visit.ts'
import { heapUsed } from '../support/heap-used.ts'

interface Terms {
  readonly words?: number
  readonly keyId?: string
  readonly endUser?: string
}

function asking(name: string, count: number, { words = 1, ...owner }: Terms = {}): Asking {
  const content = Array.from({ length: words }, () => 'word').join(' ')
  const inputs = Array.from({ length: count }, (_, at) => ({ content, field: `${name}${at}` }))
  const request = { inputs, overlong: { action: 'refuse' as const } }
  return openAsking(request, openVisit(owner), { since: 0, onOver: () => undefined })
}

function lineOf(...askings: readonly Asking[]): BatchLine {
  const line = createBatchLine({ inputsMax: 4, tokensMax: 40 })
  for (const one of askings) line.add(one)
  return line
}

function fieldsOf(items: readonly BatchItem[]): string {
  return items.map(({ input }) => input.field).join(' ')
}

/** Each batch as if it were answered at once. */
function takeAll(line: BatchLine, mixes = true): string[] {
  const batches: string[] = []
  for (let batch = line.take(mixes); batch !== undefined; batch = line.take(mixes)) {
    batches.push(fieldsOf(batch.items))
    batch.end()
  }
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
  const line = lineOf(asking('a', 2, { words: 40 }), asking('b', 1), asking('c', 1))
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

describe('owners', () => {
  const of = (keyId: string) => (name: string, count: number) => asking(name, count, { keyId })
  const [a, b, c] = [of('a'), of('b'), of('c')]

  test('take turns, however many requests they have', () => {
    const line = lineOf(a('a', 4), a('aa', 4), a('aaa', 4), b('b', 8), c('c', 4))
    expect(takeAll(line)).toEqual([
      'a0 a1 a2 a3',
      'b0 b1 b2 b3',
      'c0 c1 c2 c3',
      'aa0 aa1 aa2 aa3',
      'b4 b5 b6 b7',
      'aaa0 aaa1 aaa2 aaa3',
    ])
  })

  test('behind one key take turns by themselves', () => {
    const behind = (endUser: string) => (name: string) => asking(name, 4, { keyId: 'shared', endUser })
    const [ann, bob] = [behind('ann'), behind('bob')]
    expect(takeAll(lineOf(ann('a'), ann('aa'), bob('b')))).toEqual(['a0 a1 a2 a3', 'b0 b1 b2 b3', 'aa0 aa1 aa2 aa3'])
  })

  test('come after those who have fewer batches running', () => {
    const line = lineOf(a('a', 4), b('b', 4), b('bb', 4), a('aa', 4))
    const [first, second] = [line.take(true), line.take(true)]
    expect([first, second].map((batch) => fieldsOf(batch?.items ?? []))).toEqual(['a0 a1 a2 a3', 'b0 b1 b2 b3'])
    second?.end()
    expect(fieldsOf(line.take(true)?.items ?? [])).toBe('bb0 bb1 bb2 bb3')
  })

  test('go together in what room there is, each with as much as the others', () => {
    const line = lineOf(...['a', 'aa', 'aaa', 'aaaa', 'aaaaa'].map((name) => a(name, 1)), b('b', 1), c('c', 1))
    expect(takeAll(line)).toEqual(['a0 b0 c0 aa0', 'aaa0 aaaa0 aaaaa0'])
  })

  test('who send many inputs at once do not fill the turns of those who send single ones', () => {
    const line = lineOf(...['a', 'aa', 'aaa', 'aaaa'].map((name) => a(name, 1)), b('b', 3), b('bb', 3))
    expect(takeAll(line)).toEqual(['a0 aa0 aaa0 aaaa0', 'b0 b1 b2', 'bb0 bb1 bb2'])
  })

  test('count as having what their turn has taken, and what went along before', () => {
    const line = lineOf(a('a', 2), a('aa', 1), a('aaa', 1), b('b', 1), b('bb', 1))
    expect(takeAll(line)).toEqual(['a0 a1 b0 bb0', 'aa0 aaa0'])
    expect(takeAll(lineOf(a('a', 1), b('b', 1), b('bb', 1), b('bbb', 1), c('c', 1)))).toEqual(['a0 b0 c0 bb0', 'bbb0'])
  })

  test('who go along with another keep their own turn', () => {
    const line = lineOf(a('a', 3), b('b', 1), c('c', 4), b('bb', 4))
    expect(takeAll(line)).toEqual(['a0 a1 a2 b0', 'bb0 bb1 bb2 bb3', 'c0 c1 c2 c3'])
  })

  test('who have most in the queue give way to others, the newest first, and nothing that is begun', () => {
    const line = lineOf(a('begun', 9))
    line.take(true)
    const [first, second, third] = [a('a', 1), a('aa', 1), a('aaa', 1)]
    for (const one of [first, second, third]) line.add(one)
    expect([line.takeLastBefore('b'), line.takeLastBefore('b')]).toEqual([third, second])
    expect([line.takeLastBefore('b'), line.waiting]).toEqual([undefined, 1])
    expect(takeAll(line)).toEqual(['begun4 begun5 begun6 begun7', 'a0 begun8'])
  })
})

describe('an owner whose last request is gone leaves nothing behind', () => {
  /** Names that are long enough to be missed; each is another's. */
  const owner = (at: number) => `${'x'.repeat(4000)}${at}`
  const some = (at: number, count: number) => asking('a', count, { keyId: owner(at) })

  test.for<[string, (line: BatchLine, at: number) => void]>([
    [
      'when it was answered',
      (line, at) => {
        line.add(some(at, 1))
        line.take(false)?.end()
      },
    ],
    [
      'when it left',
      (line, at) => {
        const left = some(at, 1)
        line.add(left)
        line.remove(left)
      },
    ],
    ['when it was turned away', (line, at) => line.takeLastBefore(owner(at))],
  ])('%s', ([, come]) => {
    const line = lineOf()
    const before = heapUsed()
    for (let at = 0; at < 2000; at++) come(line, at)
    expect(heapUsed() - before).toBeLessThan(2_000_000)
    expect(line.isEmpty).toBe(true)
  })
})

test('it knows how many batches it makes at the least', () => {
  const line = lineOf(asking('a', 3), asking('b', 3), asking('c', 3))
  expect([line.batchesLeft(true), line.batchesLeft(false)]).toEqual([3, 3])
  line.add(asking('d', 1, { words: 200 }))
  expect(line.batchesLeft(true)).toBeGreaterThan(3)
  takeAll(line)
  expect([line.batchesLeft(true), line.batchesLeft(false)]).toEqual([0, 0])
})
