import { expect, test } from 'vitest'
import { createAnswerBatch } from '../../src/embeddings/answer-batch.ts'
import { createBatches } from '../../src/embeddings/batches.ts'
import type { EmbeddingsRequest, WantedDimensions } from '../../src/embeddings/embeddings-request.ts'
import { failureOf } from '../chat/failure-of.ts'
import { openVisit } from '../chat/open-visit.ts'
import { until } from '../gateway/until.ts'
import { createScriptedUpstream, type Script } from './scripted-upstream.ts'

function open({
  waitMs = 5000,
  totalMs = 60_000,
  placesMax = 4,
  ...script
}: Script & {
  readonly waitMs?: number
  readonly totalMs?: number
  readonly placesMax?: number
} = {}) {
  const upstream = createScriptedUpstream(script)
  const answer = createAnswerBatch(upstream)
  const bounds = { inputsMax: 4, tokensMax: 1000, placesMax, queueMax: 100, waitMs, totalMs }
  const batches = createBatches({ ...bounds, answer, mixes: () => upstream.counts })
  const embed = (...inputs: readonly string[]) => batches.embed(requestOf(inputs), openVisit())
  return { upstream, batches, embed }
}

function requestOf(inputs: readonly string[], dimensions?: WantedDimensions): EmbeddingsRequest {
  return {
    inputs: inputs.map((content, at) => ({ content, field: `input[${at}]`, dimensions })),
    overlong: { action: 'refuse' },
  }
}

test('who comes alone waits for nobody', async () => {
  const { upstream, embed } = open()
  const from = performance.now()
  const asked = embed('a')
  await until(() => upstream.asked.length === 1)
  expect(performance.now() - from).toBeLessThan(1000)
  upstream.answer()
  expect(await asked).toEqual({ vectors: [Float32Array.of(1)], promptTokens: 1 })
})

test('who comes together goes together, and is told its own', async () => {
  const { upstream, embed } = open()
  const asked = [embed('a'), embed('bb', 'ccc')]
  await until(() => upstream.asked.length === 1)
  expect(upstream.asked[0]?.contents).toEqual(['a', 'bb', 'ccc'])
  upstream.answer()
  const replies = await Promise.all(asked)
  expect(replies.map(({ promptTokens }) => promptTokens)).toEqual([1, 5])
  expect(replies[1]?.vectors).toEqual([Float32Array.of(2), Float32Array.of(3)])
})

test('who comes while others are with the model waits for company, and no longer than for a whole batch', async () => {
  const { upstream, embed } = open()
  const first = embed('first')
  await until(() => upstream.asked.length === 1)
  const more = [embed('a'), embed('b'), embed('c')]
  await new Promise(setImmediate)
  expect(upstream.asked).toHaveLength(1)
  more.push(embed('d'))
  await until(() => upstream.asked.length === 2)
  expect(upstream.asked[1]?.contents).toEqual(['a', 'b', 'c', 'd'])
  upstream.answer()
  upstream.answer()
  await Promise.all([first, ...more])
})

test('who waits for company goes when its time is over', async () => {
  const { upstream, embed } = open({ waitMs: 20 })
  const asked = [embed('first')]
  await until(() => upstream.asked.length === 1)
  const from = performance.now()
  asked.push(embed('a'))
  await until(() => upstream.asked.length === 2)
  expect(performance.now() - from).toBeGreaterThan(15)
  upstream.answer()
  upstream.answer()
  await Promise.all(asked)
})

test('who waits for company goes at once when nobody is with the model any more', async () => {
  const { upstream, embed } = open()
  const first = embed('first')
  await until(() => upstream.asked.length === 1)
  const second = embed('a')
  upstream.answer()
  await first
  await until(() => upstream.asked.length === 2)
  upstream.answer()
  await second
})

test('requests go apart where the server has no tokenizer to tell their tokens apart', async () => {
  const { upstream, embed } = open({ counts: false, waitMs: 0 })
  const asked = [embed('a'), embed('bb')]
  await until(() => upstream.asked.length === 2)
  expect(upstream.asked.map(({ contents }) => contents)).toEqual([['a'], ['bb']])
  upstream.answer()
  upstream.answer()
  expect((await Promise.all(asked)).map(({ promptTokens }) => promptTokens)).toEqual([1, 2])
})

test('a batch that takes too long ends for all who wait for it, and its place is free', async () => {
  const { upstream, batches, embed } = open({ totalMs: 20 })
  const failures = await Promise.all([embed('a'), embed('b')].map((one) => failureOf(() => one)))
  expect(failures.map(({ kind }) => kind)).toEqual(['timeout', 'timeout'])
  expect(upstream.asked[0]?.signal.aborted).toBe(true)
  await until(() => batches.running === 0)
})

test('a batch goes on until the last who waits for it has left', async () => {
  const { upstream, batches } = open()
  const visits = [openVisit(), openVisit()]
  const failures = visits.map((visit) => failureOf(() => batches.embed(requestOf(['a']), visit)))
  await until(() => upstream.asked.length === 1)
  visits[0]?.leave()
  expect((await failures[0])?.kind).toBe('abandoned')
  expect(upstream.asked[0]?.signal.aborted).toBe(false)
  visits[1]?.leave()
  expect((await failures[1])?.kind).toBe('abandoned')
  expect(upstream.asked[0]?.signal.aborted).toBe(true)
})

test('who asks for more numbers than the model has is told so before the rest is asked for', async () => {
  const { upstream, batches } = open({ placesMax: 1 })
  const request = requestOf(['a', 'b', 'c', 'd', 'e'], { count: 2, field: 'dimensions' })
  const failure = failureOf(() => batches.embed(request, openVisit()))
  await until(() => upstream.asked.length === 1)
  upstream.answer()
  expect(await failure).toMatchObject({ kind: 'invalid-request', field: 'dimensions' })
  await until(() => batches.running === 0)
  expect(upstream.asked).toHaveLength(1)
})

test('more than the places are never with the model', async () => {
  const { upstream, batches, embed } = open({ placesMax: 2, waitMs: 0 })
  const asked = embed(...Array.from({ length: 20 }, (_, at) => `${at}`))
  for (let answered = 0; answered < 5; answered++) {
    const asking = () => upstream.asked.length - answered
    await until(() => asking() === Math.min(2, 5 - answered) && batches.running === asking())
    upstream.answer()
  }
  expect((await asked).vectors).toHaveLength(20)
})
