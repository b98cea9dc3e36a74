import { expect, test } from 'vitest'
import { createLearntLimit } from '../../src/upstream/embeddings-limit.ts'

const card = { model: 'm', inputTokens: 2048, isStrict: false, vocabulary: null }

test('what a server has said of its limit holds, and is forgotten after ten minutes', () => {
  let now = 0
  const learnt = createLearntLimit(() => now)
  expect(learnt.apply(card)).toBe(card)
  learnt.note(512)
  expect(learnt.apply(card)).toEqual({ ...card, inputTokens: 512, isStrict: true })
  expect(learnt.apply({ ...card, inputTokens: null })).toMatchObject({ inputTokens: 512 })
  now = 600_001
  expect(learnt.apply(card)).toBe(card)
})

test('a limit that is known already says nothing new', () => {
  const learnt = createLearntLimit(() => 0)
  learnt.note(2048)
  expect(learnt.apply(card)).toBe(card)
})

test('no server is believed that takes next to nothing', () => {
  const learnt = createLearntLimit(() => 0)
  learnt.note(1)
  expect(learnt.apply(card)).toBe(card)
})
