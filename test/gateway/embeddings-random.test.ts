import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestGateway } from '../support/test-gateway.ts'
import { ask, errorOf } from './ask.ts'
import { bodyOf, embeddingsPath as path, startEmbeddingsGateway } from './embeddings-rig.ts'
import { untilIdle } from './until-health.ts'

let gateway: TestGateway

/** The vector of each good input by itself, and its tokens. */
const alone: { readonly embedding: unknown; readonly tokens: number }[] = []
const good: readonly (string | number[])[] = [
  ...Array.from({ length: 10 }, (_, at) => Array.from({ length: at + 1 }, (_, word) => `w${at}${word}`).join(' ')),
  [1, 2, 3],
  [7],
]
/** Sent, because it could fit by its bytes, and refused by the model server. */
const bad = Array.from({ length: 70 }, () => 'é').join(' ')

beforeAll(async () => {
  gateway = await startEmbeddingsGateway({
    simulator: { firstTokenMs: 4, maxModelLen: 64 },
    service: 'places: 2, batch: { inputs: 6, wait: 2ms }',
  })
  for (const input of good) {
    const { data, usage } = await bodyOf(await embed([input]))
    alone.push({ embedding: data[0]?.embedding, tokens: usage.prompt_tokens })
  }
})

afterAll(() => gateway.stop())

function embed(input: readonly unknown[], signal?: AbortSignal): Promise<Response> {
  const body = { model: 'embeddinggemma', input, encoding_format: 'base64' }
  return ask(gateway, body, { path, ...(signal && { signal }) })
}

interface Arrival {
  readonly atMs: number
  /** Of texts, or of ids: no request has both. */
  readonly inputs: readonly number[]
  /** Where among the inputs there is a bad one. */
  readonly badAt: number | undefined
  readonly leavesAfterMs: number | undefined
}

const inputs = fc.oneof(
  fc.array(fc.nat(9), { minLength: 1, maxLength: 14 }),
  fc.array(fc.integer({ min: 10, max: 11 }), { minLength: 1, maxLength: 4 }),
)

const arrivals = fc.array(
  fc.record<Arrival>({
    atMs: fc.nat(25),
    inputs,
    badAt: fc.option(fc.nat(13), { nil: undefined, freq: 5 }),
    leavesAfterMs: fc.option(fc.nat(25), { nil: undefined, freq: 4 }),
  }),
  { minLength: 1, maxLength: 24 },
)

async function arrive({ atMs, inputs: chosen, badAt, leavesAfterMs }: Arrival): Promise<void> {
  const isIds = chosen.some((at) => at >= 10)
  const input: unknown[] = chosen.map((at) => good[at])
  const at = badAt === undefined || isIds ? undefined : Math.min(badAt, input.length - 1)
  if (at !== undefined) input[at] = bad
  await sleep(atMs)
  const leaving = new AbortController()
  if (leavesAfterMs !== undefined) setTimeout(() => leaving.abort(), leavesAfterMs)
  try {
    await judge(await embed(input, leaving.signal), chosen, at)
  } catch (thrown) {
    if (!leaving.signal.aborted) throw thrown
  }
}

async function judge(response: Response, chosen: readonly number[], at: number | undefined): Promise<void> {
  if (at !== undefined) {
    expect(response.status).toBe(400)
    expect((await errorOf(response)).param).toBe(`input[${at}]`)
    return
  }
  const { data, usage } = await bodyOf(response)
  expect(data.map(({ index }) => index)).toEqual(chosen.map((_, index) => index))
  expect(data.map(({ embedding }) => embedding)).toEqual(chosen.map((one) => alone[one]?.embedding))
  expect(usage.prompt_tokens).toBe(chosen.reduce((sum, one) => sum + (alone[one]?.tokens ?? 0), 0))
}

test('whoever comes, leaves or is refused: everybody else has the right vectors in order, and exact tokens', async () => {
  await fc.assert(
    fc.asyncProperty(arrivals, async (all) => {
      await Promise.all(all.map(arrive))
    }),
    { numRuns: 40 },
  )
  await untilIdle(gateway, 'embeddinggemma')
}, 60_000)
