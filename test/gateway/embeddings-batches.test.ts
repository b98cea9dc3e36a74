import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Fault } from '../../src/simulator/faults/fault.ts'
import type { TestGateway } from '../support/test-gateway.ts'
import { ask, errorOf } from './ask.ts'
import { batchesOf, bodyOf, embeddingsPath as path, startEmbeddingsGateway } from './embeddings-rig.ts'
import { until } from './until.ts'
import { lineOf } from './upstream-requests.ts'

/** Each batch takes the model a while, so that others come together meanwhile. */
const batchMs = 40

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startEmbeddingsGateway({
    simulator: { firstTokenMs: batchMs },
    service: 'places: 1, batch: { inputs: 32 }',
    settings: 'prices: { promptTokens: 1, version: v1 }',
  })
})

afterEach(() => gateway.simulator.faults.clear())

afterAll(() => gateway.stop())

const model = 'embeddinggemma'

function embed(input: unknown, rest: object = {}, signal?: AbortSignal): Promise<Response> {
  return ask(gateway, { model, input, ...rest }, { path, ...(signal && { signal }) })
}

/** Batches that reached the model while something was done. */
async function newBatches(act: () => Promise<unknown>): Promise<readonly (readonly unknown[])[]> {
  const { length } = batchesOf(gateway)
  await act()
  return batchesOf(gateway).slice(length)
}

async function entryOf(response: { headers: Headers }): Promise<Record<string, unknown> | undefined> {
  const headers = { authorization: `Bearer ${gateway.key}` }
  const { data } = (await (await fetch(`${gateway.url}/v1/usage?limit=1000`, { headers })).json()) as {
    data: Record<string, unknown>[]
  }
  return data.find(({ id }) => id === response.headers.get('x-request-id'))
}

/** A text of as many tokens, with the mark that the model is given besides. */
function textOf(tokens: number): string {
  return Array.from({ length: tokens - 1 }, (_, at) => `w${at}`).join(' ')
}

/** It is short enough by its bytes to be sent, and too long by its tokens. */
const tooLong = Array.from({ length: 2100 }, () => 'é').join(' ')

describe('two hundred single inputs at once, as Open WebUI sends them', () => {
  test('go together, and each is answered with its own vector and its own tokens', async () => {
    const sizes = Array.from({ length: 200 }, (_, at) => (at % 20) + 2)
    // The first batch takes long enough for all to come, also on a machine that has other things to do.
    gateway.simulator.faults.next('slow-first 1000', '/v1/embeddings')
    const batches = await newBatches(async () => {
      const bodies = await Promise.all(sizes.map(async (tokens) => bodyOf(await embed([textOf(tokens)]))))
      expect(bodies.map(({ usage }) => usage.prompt_tokens)).toEqual(sizes)
      const vectors = new Map(bodies.map(({ data }, at) => [sizes[at], data[0]?.embedding]))
      expect(bodies.every(({ data }, at) => equal(data[0]?.embedding, vectors.get(sizes[at])))).toBe(true)
      expect(new Set([...vectors.values()].map(String)).size).toBe(20)
    })
    expect(batches.flat()).toHaveLength(200)
    expect(batches.length).toBeLessThanOrEqual(12)
    expect(Math.max(...batches.map(({ length }) => length))).toBe(32)
  })

  test('are on record with their tokens, and nothing of it is an estimate', async () => {
    const responses = await Promise.all([3, 5, 8].map((tokens) => embed(textOf(tokens))))
    for (const [at, response] of responses.entries()) {
      await bodyOf(response)
      const entry = { prompt_tokens: [3, 5, 8][at], completion_tokens: 0, estimated: false, outcome: 'completed' }
      expect(await entryOf(response)).toMatchObject({ ...entry, service: model, dialect: 'openai-embeddings' })
    }
  })

  test('share a batch by estimate, and say so, where the tokenizer fails', async () => {
    gateway.simulator.faults.always('status 500', '/tokenize')
    const blocking = embed('first')
    await until(() => gateway.simulator.running === 1)
    const responses = await Promise.all([embed(textOf(40)), embed(textOf(4))])
    const [long, short] = await Promise.all(responses.map(bodyOf))
    expect((long?.usage.prompt_tokens ?? 0) + (short?.usage.prompt_tokens ?? 0)).toBe(44)
    for (const response of responses) expect(await entryOf(response)).toMatchObject({ estimated: true })
    await bodyOf(await blocking)
  })
})

function equal(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right)
}

test('a large request is split, and answered in its order, without a look at its tokens', async () => {
  const input = Array.from({ length: 100 }, (_, at) => textOf(at + 2))
  const tokenizings = () => gateway.simulator.requests.filter(({ path: at }) => at === '/tokenize').length
  const before = tokenizings()
  const batches = await newBatches(async () => {
    const { data, usage } = await bodyOf(await embed(input))
    expect(data.map(({ index }) => index)).toEqual(input.map((_, at) => at))
    expect(usage.prompt_tokens).toBe(input.reduce((sum, _, at) => sum + at + 2, 0))
  })
  expect(batches.map(({ length }) => length)).toEqual([32, 32, 32, 4])
  expect(tokenizings()).toBe(before)
})

test('a single input does not wait for a request of two thousand', async () => {
  const order: string[] = []
  const large = embed(Array.from({ length: 2000 }, (_, at) => `t${at}`)).then(() => order.push('large'))
  await until(() => gateway.simulator.running === 1)
  const batches = await newBatches(() => embed('single').then(() => order.push('single')))
  expect(batches.length).toBeLessThanOrEqual(3)
  await large
  expect(order).toEqual(['single', 'large'])
})

test('texts and ids of tokens that come together are both answered', async () => {
  const blocking = embed('first')
  await until(() => gateway.simulator.running === 1)
  const bodies = await Promise.all(
    [embed('a b'), embed([1, 2, 3, 4]), embed([[5], [6]])].map(async (one) => bodyOf(await one)),
  )
  expect(bodies.map(({ usage }) => usage.prompt_tokens)).toEqual([3, 4, 2])
  await bodyOf(await blocking)
})

describe('one bad input', () => {
  test('fails its own request, with its index, and nobody else', async () => {
    const blocking = embed('first')
    await until(() => gateway.simulator.running === 1)
    const good = Array.from({ length: 20 }, (_, at) => embed(textOf(at + 2)))
    const bad = embed(['fine', tooLong])
    const bodies = await Promise.all([blocking, ...good].map(async (one) => bodyOf(await one)))
    expect(bodies.slice(1).map(({ usage }) => usage.prompt_tokens)).toEqual(good.map((_, at) => at + 2))
    const response = await bad
    expect(response.status).toBe(400)
    expect((await errorOf(response)).param).toBe('input[1]')
  })

  test('is found among the inputs of one request', async () => {
    const response = await embed([...Array.from({ length: 31 }, (_, at) => `t${at}`), tooLong])
    expect((await errorOf(response)).param).toBe('input[31]')
  })

  test('is cut where its request wants it, and leaves the others as they are', async () => {
    const blocking = embed('first')
    await until(() => gateway.simulator.running === 1)
    const [cut, whole] = await Promise.all(
      [embed(tooLong, { truncate_prompt_tokens: -1 }), embed('a b')].map(async (one) => bodyOf(await one)),
    )
    expect(cut?.usage.prompt_tokens).toBe(2048)
    expect(whole?.usage.prompt_tokens).toBe(3)
    await bodyOf(await blocking)
  })
})

describe('a client that leaves', () => {
  test('ends the work of the model within 250 ms where nobody else waits for it, and is on record', async () => {
    gateway.simulator.faults.next('dead-engine', path)
    const leaving = new AbortController()
    const asked = embed('alone', {}, leaving.signal).catch(() => undefined)
    await until(() => gateway.simulator.running === 1)
    const { length } = gateway.lines
    const from = performance.now()
    leaving.abort()
    await until(() => gateway.simulator.running === 0)
    expect(performance.now() - from).toBeLessThan(250)
    await asked
    await until(() => gateway.lines.length > length)
    const line = gateway.lines[length]
    expect(line).toMatchObject({ outcome: 'abandoned', dialect: 'openai-embeddings' })
    const id = line?.requestId ?? ''
    const entry = await entryOf({ headers: new Headers({ 'x-request-id': id }) })
    expect(entry).toMatchObject({ outcome: 'abandoned', estimated: true })
    expect(Number(entry?.['prompt_tokens'])).toBeGreaterThan(0)
  })

  test('takes only its own inputs along', async () => {
    const blocking = embed('first')
    await until(() => gateway.simulator.running === 1)
    const leaving = new AbortController()
    const left = embed(textOf(9), {}, leaving.signal).catch(() => undefined)
    const staying = Array.from({ length: 5 }, (_, at) => embed(textOf(at + 2)))
    const { length } = batchesOf(gateway)
    await until(() => batchesOf(gateway).length > length)
    leaving.abort()
    const bodies = await Promise.all(staying.map(async (one) => bodyOf(await one)))
    expect(bodies.map(({ usage }) => usage.prompt_tokens)).toEqual([2, 3, 4, 5, 6])
    await Promise.all([left, blocking])
  })

  test('before its turn has cost nobody anything', async () => {
    const blocking = embed('first')
    await until(() => gateway.simulator.running === 1)
    const leaving = new AbortController()
    const left = embed('never sent', {}, leaving.signal).catch(() => undefined)
    const health = async () => (await (await fetch(`${gateway.url}/${model}/health`)).json()) as { waiting: number }
    await until(async () => (await health()).waiting === 1)
    leaving.abort()
    await until(async () => (await health()).waiting === 0)
    await Promise.all([left, blocking])
    expect(batchesOf(gateway).flat()).not.toContain('never sent')
  })
})

describe('a model server that fails', () => {
  test('is told to everybody in the batch, in words', async () => {
    gateway.simulator.faults.always('status 500', path)
    const responses = await Promise.all(Array.from({ length: 10 }, (_, at) => embed(`t${at}`)))
    expect(responses.map(({ status }) => status)).toEqual(responses.map(() => 502))
    for (const response of responses) expect((await errorOf(response)).message).toBe('The model server failed.')
  })

  test('is asked no more than three times for a batch that it fails at', async () => {
    gateway.simulator.faults.always('status 500', path)
    const batches = await newBatches(() => embed(Array.from({ length: 32 }, (_, at) => `t${at}`)))
    expect(batches).toHaveLength(3)
  })

  test('fails only the input that it fails at', async () => {
    gateway.simulator.faults.next('status 500', path)
    expect((await embed(['a', 'b', 'c', 'd'])).status).toBe(200)
  })

  test.each<Fault>(['garbage', 'reset-after 100'])('that answers nonsense is told as one: %s', async (fault) => {
    gateway.simulator.faults.always(fault, path)
    const response = await embed('a')
    expect([response.status, (await errorOf(response)).code]).toEqual([502, 'upstream_failed'])
  })
})

test('the queue holds as many as it may, and refuses the next', async () => {
  const small = await startEmbeddingsGateway({ service: 'places: 1, queue: 2' })
  const leaving = new AbortController()
  try {
    small.simulator.faults.always('dead-engine', path)
    const send = (input: string) => ask(small, { model, input }, { path, signal: leaving.signal })
    const held = [send('running')]
    await until(() => small.simulator.running === 1)
    held.push(send('first'), send('second'))
    const health = async () => (await (await fetch(`${small.url}/${model}/health`)).json()) as { waiting: number }
    await until(async () => (await health()).waiting === 2)
    const refused = await send('third')
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5'])
    leaving.abort()
    await Promise.allSettled(held)
  } finally {
    await small.stop()
  }
})

test('the line of the log tells the tokens and the wait', async () => {
  const response = await embed('a b')
  const line = await lineOf(gateway, response.headers.get('x-request-id'))
  expect(line).toMatchObject({ service: model, status: 200, outcome: 'completed', usage: { promptTokens: 3 } })
  expect(line.queueMs).toBeGreaterThanOrEqual(0)
})
