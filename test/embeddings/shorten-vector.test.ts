import { expect, test } from 'vitest'
import { shortenVector } from '../../src/embeddings/shorten-vector.ts'
import { failureOf } from '../chat/failure-of.ts'

const vector = Float32Array.of(0.6, 0.8, 0)
const field = 'dimensions'

test('a vector stays as it is where nothing or all of it is asked for', () => {
  expect(shortenVector(vector, undefined)).toBe(vector)
  expect(shortenVector(vector, { count: 3, field })).toBe(vector)
})

test('the first numbers are one long again, and the vector itself stays', () => {
  expect([...shortenVector(vector, { count: 1, field })]).toEqual([1])
  expect(vector).toHaveLength(3)
})

test('nothing of no length is divided by it', () => {
  expect([...shortenVector(Float32Array.of(0, 0, 1), { count: 2, field })]).toEqual([0, 0])
})

test('more than there is says how much there is', async () => {
  const failure = await failureOf(async () => shortenVector(vector, { count: 4, field }))
  expect(failure).toMatchObject({ kind: 'invalid-request', field })
  expect(failure.message).toContain('at most 3')
})
