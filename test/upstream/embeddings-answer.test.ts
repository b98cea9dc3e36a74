import { expect, test } from 'vitest'
import { readEmbeddings } from '../../src/upstream/embeddings-answer.ts'
import { failureNow } from '../chat/failure-of.ts'

function bodyOf(data: readonly object[], usage: object = { prompt_tokens: 3, total_tokens: 3 }): string {
  return JSON.stringify({ object: 'list', data, usage, model: 'm' })
}

const base64 = Buffer.from(Float32Array.of(1, -0.5).buffer).toString('base64')

test('vectors are read from base64 and from numbers, and put in the order of their inputs', () => {
  const data = [
    { index: 1, embedding: [0.25, 4] },
    { index: 0, embedding: base64 },
  ]
  const { vectors, promptTokens } = readEmbeddings(bodyOf(data), 2)
  expect(vectors).toEqual([Float32Array.of(1, -0.5), Float32Array.of(0.25, 4)])
  expect(promptTokens).toBe(3)
})

const nan = Buffer.from(Float32Array.of(Number.NaN, 1).buffer).toString('base64')
const one = { index: 0, embedding: base64 }

test.each([
  ['no JSON', '<html>', 1],
  ['no usage', JSON.stringify({ data: [one] }), 1],
  ['too few vectors', bodyOf([one]), 2],
  ['too many vectors', bodyOf([one, { index: 1, embedding: base64 }]), 1],
  ['one twice', bodyOf([one, one]), 2],
  ['no numbers', bodyOf([{ index: 0, embedding: '' }]), 1],
  ['no number', bodyOf([{ index: 0, embedding: nan }]), 1],
  ['vectors of two lengths', bodyOf([one, { index: 1, embedding: [1] }]), 2],
])('%s is no answer, and is not told further', (_, text, count) => {
  const failure = failureNow(() => readEmbeddings(text, count))
  expect(failure.kind).toBe('upstream-failed')
  expect(String(failure.cause)).not.toContain('html')
})
