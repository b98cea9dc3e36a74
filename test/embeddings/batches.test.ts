import { expect, onTestFinished, test, vi } from 'vitest'
import { GatewayError } from '../../src/chat/gateway-error.ts'
import { createAnswerBatch } from '../../src/embeddings/answer-batch.ts'
import type { BatchItem } from '../../src/embeddings/asking.ts'
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
  queueMax = 100,
  now = () => performance.now(),
  ...script
}: Script & {
  readonly waitMs?: number
  readonly totalMs?: number
  readonly placesMax?: number
  readonly queueMax?: number
  now?(): number
} = {}) {
  const upstream = createScriptedUpstream(script)
  const answer = createAnswerBatch(upstream)
  const bounds = { inputsMax: 4, tokensMax: 1000, placesMax, queueMax, waitMs, totalMs, now }
  const batches = createBatches({ ...bounds, answer, mixes: () => upstream.counts })
  const embed = (...inputs: readonly string[]) => batches.embed(requestOf(inputs), openVisit())
  /** What becomes of that key's inputs. */
  const embedAs = (keyId: string, ...inputs: readonly string[]) => {
    return batches.embed(requestOf(inputs), openVisit({ keyId })).then(() => 'answered', kindOf)
  }
  return { upstream, batches, embed, embedAs }
}

function kindOf(thrown: unknown): string {
  return GatewayError.from(thrown).kind
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

test('a full queue turns away the newest of whoever has most in it, and a newcomer who has as much', async () => {
  const { upstream, batches, embedAs } = open({ placesMax: 1, queueMax: 3 })
  const running = embedAs('greedy', 'running')
  await until(() => upstream.asked.length === 1)
  const greedy = ['a', 'b', 'c'].map((input) => embedAs('greedy', input))
  expect(batches.waiting).toBe(3)
  expect(await embedAs('greedy', 'd')).toBe('overloaded')
  const modest = embedAs('modest', 'e')
  expect(await greedy[2]).toBe('overloaded')
  expect(batches.waiting).toBe(3)
  expect(await embedAs('modest', 'f')).toBe('overloaded')
  upstream.answer()
  await until(() => upstream.asked.length === 2)
  expect(upstream.asked[1]?.contents.toSorted()).toEqual(['a', 'b', 'e'])
  upstream.answer()
  expect(await Promise.all([running, greedy[0], greedy[1], modest])).toEqual(Array(4).fill('answered'))
})

test('a key whose batches have all been answered is as good as one that never had any', async () => {
  const { upstream, embedAs } = open({ placesMax: 1 })
  const whole = (name: string) => Array.from({ length: 4 }, () => name)
  const asked = [embedAs('a', 'first')]
  for (const [at, name] of ['first', 'b', 'a', 'c'].entries()) {
    await until(() => upstream.asked.length === at + 1)
    expect(upstream.asked[at]?.contents[0]).toBe(name)
    if (at === 0) asked.push(embedAs('b', ...whole('b')))
    if (at === 1) asked.push(embedAs('a', ...whole('a')), embedAs('c', ...whole('c')))
    upstream.answer()
  }
  expect(await Promise.all(asked)).toEqual(Array(4).fill('answered'))
})

test('who finds no room is told how long the batches before take just now', async () => {
  let time = 0
  const { upstream, embed } = open({ placesMax: 1, queueMax: 5, now: () => time })
  async function refusedBehindFive(): Promise<number | undefined> {
    const before = upstream.asked.length
    const asked = [embed('running')]
    await until(() => upstream.asked.length === before + 1)
    asked.push(...Array.from({ length: 5 }, () => embed('waiting')))
    const { retryAfterSeconds } = await failureOf(() => embed('beyond'))
    for (let batch = 1; batch <= 3; batch++) {
      await until(() => upstream.asked.length === before + batch)
      time += 4000
      upstream.answer()
    }
    await Promise.all(asked)
    return retryAfterSeconds
  }
  // Nobody knows yet how long it takes; then the five are two batches, and the newcomer's is the third.
  expect([await refusedBehindFive(), await refusedBehindFive()]).toEqual([5, 12])
})

test('who waits for a place waits no longer than a whole answer may take', async () => {
  const never = () => new Promise<void>(() => undefined)
  const bounds = { inputsMax: 4, tokensMax: 1000, placesMax: 1, queueMax: 100, waitMs: 0, totalMs: 40 }
  const batches = createBatches({ ...bounds, answer: never, mixes: () => true })
  const visit = openVisit()
  const running = failureOf(() => batches.embed(requestOf(['running']), visit))
  await until(() => batches.running === 1)
  const from = performance.now()
  const late = await failureOf(() => batches.embed(requestOf(['late']), openVisit()))
  expect(performance.now() - from).toBeGreaterThan(35)
  expect(late).toMatchObject({ kind: 'overloaded', message: expect.stringContaining('in time') })
  expect(batches).toMatchObject({ running: 1, waiting: 0 })
  visit.leave()
  expect((await running).kind).toBe('abandoned')
})

test('who is answered leaves nothing behind that would wake up later', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const answer = async (items: readonly BatchItem[]) => {
    for (const { asking } of items) asking.fail(new GatewayError('upstream-failed', 'No.'))
  }
  const bounds = { inputsMax: 4, tokensMax: 1000, placesMax: 1, queueMax: 100, waitMs: 0, totalMs: 40 }
  const batches = createBatches({ ...bounds, answer, mixes: () => true })
  await failureOf(() => batches.embed(requestOf(['a']), openVisit()))
  await until(() => batches.running === 0)
  expect(vi.getTimerCount()).toBe(0)
})
