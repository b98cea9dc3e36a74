import { expect, test } from 'vitest'
import { keepAnswer } from '../../src/client/answer.ts'
import type { Piece } from '../../src/client/piece.ts'

/** Pieces with the milliseconds at which they come, after a question that departs at 1000. */
function answerOf(...pieces: [number, Piece][]) {
  let now = 1000
  const keeper = keepAnswer(() => now)
  for (const [atMs, piece] of pieces) {
    now = atMs
    keeper.add(piece)
  }
  return keeper
}

const stop: Piece = { type: 'finish', reason: 'stop' }
const text = (said: string): Piece => ({ type: 'text', text: said })
const thinking = (said: string): Piece => ({ type: 'thinking', text: said })

test('the speed is that of the tokens after the first one', () => {
  const usage: Piece = { type: 'usage', usage: { output: 21 } }
  const answer = answerOf([1200, text('a')], [1700, text('b')], [1900, usage], [1900, stop]).settle()
  expect(answer).toMatchObject({ text: 'ab', firstMs: 200, totalMs: 900, tokensPerSecond: 40 })
})

test('thinking that is hidden does not count to the speed, thinking that is shown does', () => {
  const usage: Piece = { type: 'usage', usage: { output: 21, thinking: 10 } }
  const hidden = answerOf([1500, text('a')], [2500, text('b')], [2500, usage]).settle()
  const shown = answerOf([1500, thinking('a')], [2500, text('b')], [2500, usage]).settle()
  expect([hidden.tokensPerSecond, shown.tokensPerSecond]).toEqual([10, 20])
})

test('there is no speed where all came at once, or where the server tells no usage', () => {
  const usage: Piece = { type: 'usage', usage: { output: 21 } }
  expect(answerOf([1200, text('all')], [1200, usage]).settle().tokensPerSecond).toBeUndefined()
  expect(answerOf([1200, text('a')], [2200, text('b')]).settle().tokensPerSecond).toBeUndefined()
})

test('an answer in which nothing came has no time to its first piece', () => {
  expect(answerOf([1100, stop]).settle()).toMatchObject({ firstMs: undefined, finish: 'stop', text: '' })
})

test('usage that is told later counts, field by field, and a given reason beats that of the server', () => {
  const first: Piece = { type: 'usage', usage: { prompt: 7, output: 1 } }
  const last: Piece = { type: 'usage', usage: { output: 9 } }
  const keeper = answerOf([1100, first], [1200, last], [1200, stop])
  expect(keeper.settle('interrupted')).toMatchObject({ usage: { prompt: 7, output: 9 }, finish: 'interrupted' })
})
