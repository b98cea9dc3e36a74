import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { ask, errorOf, says, streams } from './ask.ts'
import { createSocketClients, readUntil, type SocketClients } from './socket-clients.ts'
import { until } from './until.ts'

const adminKey = 'an-administrators-key-of-the-tests'
const prices = `prices: { currency: CHF, version: v7, message: 0.03, promptTokens: 1.5, completionTokens: 2, audioMinute: 0.6 }`

let gateway: TestGateway
let clients: SocketClients

beforeAll(async () => {
  gateway = await startTestGateway({
    simulator: { tokensPerSecond: 200 },
    settings: `adminKey: ${adminKey}\n${prices}\nservices: [{ upstreams: ['$VLLM'], places: 20, queue: 50 }]`,
  })
  clients = createSocketClients(gateway)
  const first = await ask(gateway, says('[[say Hi]]'))
  await until(async () => (await entryOf(idOf(first))) !== undefined)
})

afterEach(async () => {
  gateway.simulator.faults.clear()
  await clients.leaveAll()
})

afterAll(() => gateway.stop())

interface Entry {
  readonly [name: string]: unknown
  readonly id: string
  readonly outcome: string
}

async function get(path: string, key = gateway.key): Promise<Response> {
  return fetch(gateway.url + path, { headers: { authorization: `Bearer ${key}` } })
}

async function page(path: string, key?: string): Promise<{ data: Entry[]; next_cursor: string | null }> {
  const response = await get(path, key)
  expect(response.status).toBe(200)
  // What is in it is what the tests look at.
  return (await response.json()) as { data: Entry[]; next_cursor: string | null }
}

/** Whoever asks waits for what has just ended; only a gateway that has just started may take longer. */
async function entryOf(id: string | null): Promise<Entry | undefined> {
  return (await page('/v1/usage')).data.find((entry) => entry.id === id)
}

function idOf({ headers }: Response): string | null {
  return headers.get('x-request-id')
}

describe('a request that reached a model is on record under the id of its answer', () => {
  test('whole', async () => {
    const response = await ask(gateway, says('[[say Hello there]]'))
    const body = (await response.json()) as { usage: { prompt_tokens: number; completion_tokens: number } }
    const { prompt_tokens: prompt, completion_tokens: completion } = body.usage
    expect(await entryOf(idOf(response))).toEqual({
      id: idOf(response),
      key_id: expect.stringMatching(/^key_/),
      end_user: null,
      service: 'gemma4',
      dialect: 'openai-chat',
      route: '/v1/chat/completions',
      outcome: 'completed',
      status: 200,
      finish_reason: 'stop',
      prompt_tokens: prompt,
      cached_tokens: 0,
      reasoning_tokens: 0,
      completion_tokens: completion,
      images: 0,
      audio_seconds: 0,
      estimated: false,
      charge: String((30_000 + Math.floor((prompt * 15 + completion * 20 + 5) / 10)) / 1_000_000),
      price_version: 'v7',
      queue_ms: expect.any(Number),
      first_token_ms: expect.any(Number),
      total_ms: expect.any(Number),
      started_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    })
  })

  test('streamed', async () => {
    const response = await ask(gateway, streams('[[think Hm]][[words 20]]'))
    await response.text()
    expect(await entryOf(idOf(response))).toMatchObject({
      outcome: 'completed',
      status: 200,
      finish_reason: 'stop',
      reasoning_tokens: 1,
      estimated: false,
    })
  })

  test.each([
    ['refused by the model server', '[[fault status 400]]', 'refused-after-admission', 400],
    ['failed by the model server', '[[fault reset]]', 'failed', 502],
  ])('%s, for nothing', async (_, text, outcome, status) => {
    for (const body of [says(text), streams(text)]) {
      const response = await ask(gateway, body)
      expect(response.status).toBe(status)
      expect(await entryOf(idOf(response))).toMatchObject({ outcome, status, charge: '0', finish_reason: null })
    }
  })

  test('broken off in its stream, for nothing', async () => {
    const response = await ask(gateway, streams('[[words 30]][[fault cut 6]]'))
    await response.text().catch(() => '')
    expect(await entryOf(idOf(response))).toMatchObject({
      outcome: 'failed',
      status: 200,
      charge: '0',
      completion_tokens: 5,
    })
  })

  test('in whatever dialect it was asked', async () => {
    const response = await ask(gateway, { prompt: 'Hi' }, { path: '/chat' })
    expect(await entryOf(idOf(response))).toMatchObject({ dialect: 'legacy-chat', route: '/chat' })
  })
})

describe('an answer that its client left', () => {
  test('is recorded to the token that it was cut at, and charged by its tokens', async () => {
    const line = await clients.newLine(async () => {
      const { socket } = await clients.reachModel(streams('[[think Hm]][[words 50]][[fault hang-after 4]]'))
      await readUntil(socket, 'w2')
      socket.destroy()
    })
    const entry = await entryOf(line?.requestId ?? null)
    expect(entry).toMatchObject({ outcome: 'abandoned', status: 200, completion_tokens: 3, estimated: false })
    const prompt = Number(entry?.['prompt_tokens'])
    expect(entry?.['charge']).toBe(String(Math.floor((prompt * 15 + 3 * 20 + 5) / 10) / 1_000_000))
  })

  test('is an estimate of its prompt where it was to be whole', async () => {
    const line = await clients.newLine(async () => {
      const { socket } = await clients.reachModel(says('[[fault hang]]'))
      socket.destroy()
    })
    const entry = await entryOf(line?.requestId ?? null)
    expect(entry).toMatchObject({ outcome: 'abandoned', status: 499, completion_tokens: 0, estimated: true })
    expect(entry?.['prompt_tokens']).toBeGreaterThan(0)
  })
})

test('a request that reached no model is not on record', async () => {
  const refused = await ask(gateway, says('Hi', { temperature: 9 }))
  const tooLong = await ask(gateway, says('word '.repeat(9000)))
  expect([refused.status, tooLong.status]).toEqual([422, 400])
  expect([await entryOf(idOf(refused)), await entryOf(idOf(tooLong))]).toEqual([undefined, undefined])
})

describe('pages', () => {
  test('hold every entry once, the newest first, also while there are new ones', async () => {
    const asked = await Promise.all(Array.from({ length: 25 }, () => ask(gateway, says('[[say Hi]]'))))
    const seen: string[] = []
    let cursor = ''
    do {
      const { data, next_cursor: next } = await page(`/v1/usage?limit=7${cursor}`)
      seen.push(...data.map(({ id }) => id))
      cursor = next === null ? '' : `&cursor=${next}`
      await ask(gateway, says('[[say Hi]]'))
    } while (cursor !== '')
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen).toEqual(expect.arrayContaining(asked.map(idOf)))
  })

  test('end where they are told to', async () => {
    const all = (await page('/v1/usage?limit=1000')).data
    const middle = String(all[Math.floor(all.length / 2)]?.['started_at'])
    const [since, earlier] = [await page(`/v1/usage?since=${middle}`), await page(`/v1/usage?until=${middle}`)]
    expect(since.data.every((entry) => String(entry['started_at']) >= middle)).toBe(true)
    expect(earlier.data.every((entry) => String(entry['started_at']) < middle)).toBe(true)
  })

  test.each([
    ['since=yesterday', 'since'],
    ['since=2030-01-01&until=2029-01-01', 'since'],
    ['until=2030-13-01', 'until'],
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['cursor=nonsense', 'cursor'],
    [`cursor=${Buffer.from("1:x' OR '1'='1").toString('base64url')}`, 'cursor'],
  ])('are refused for %s by its name', async (query, field) => {
    const response = await get(`/v1/usage?${query}`)
    expect(response.status).toBe(422)
    expect((await errorOf(response)).param).toBe(field)
  })
})

describe('usage', () => {
  test("is a key's own, and everybody's for an administrator alone", async () => {
    await ask(gateway, says('[[say Hi]]'))
    expect((await page('/v1/usage', adminKey)).data).toEqual([])
    expect((await page('/v1/usage', gateway.keyWithoutServices)).data).toEqual([])
    const everybodys = (await page('/admin/v1/usage', adminKey)).data
    expect(everybodys.length).toBeGreaterThan(0)
    expect((await get('/admin/v1/usage')).status).toBe(403)
    expect((await get('/admin/v1/usage/summary')).status).toBe(403)
    const [{ key_id: keyId } = { key_id: '' }] = everybodys
    expect((await page(`/admin/v1/usage?key=${keyId}`, adminKey)).data.length).toBe(everybodys.length)
    expect((await page('/admin/v1/usage?key=nobody', adminKey)).data).toEqual([])
  })

  test.each(["x' OR '1'='1", "'; DROP TABLE gateway_usage; --", '" OR ""="', '\\', '%', '\u0000'])(
    'of the key %j is that of nobody',
    async (key) => {
      expect((await page(`/admin/v1/usage?key=${encodeURIComponent(key)}`, adminKey)).data).toEqual([])
      const summary = await page(`/admin/v1/usage/summary?by=key&service=${encodeURIComponent(key)}`, adminKey)
      expect(summary.data).toEqual([])
    },
  )

  test.each(['hour', 'day', 'key', 'service', 'user'])('by %s adds up to the entries', async (by) => {
    const entries = (await page('/v1/usage?limit=1000')).data
    const { data: groups } = await page(`/v1/usage/summary?by=${by}`)
    const sum = (rows: readonly Entry[], name: string) => rows.reduce((total, row) => total + Number(row[name]), 0)
    expect(sum(groups, 'requests')).toBe(entries.length)
    for (const name of ['prompt_tokens', 'completion_tokens', 'reasoning_tokens', 'charge']) {
      expect(sum(groups, name)).toBeCloseTo(sum(entries, name), 9)
    }
    const completed = entries.filter(({ outcome }) => outcome === 'completed')
    expect(sum(groups, 'completed')).toBe(completed.length)
  })

  test('needs a key', async () => {
    for (const path of ['/v1/usage', '/v1/usage/summary', '/v1/pricing', '/admin/v1/usage']) {
      expect((await fetch(gateway.url + path)).status).toBe(401)
    }
  })
})

test('the pricing is the card that is charged by', async () => {
  expect(await (await get('/v1/pricing')).json()).toEqual({
    currency: 'CHF',
    version: 'v7',
    message: '0.03',
    promptTokens: '1.5',
    cachedTokens: '1.5',
    completionTokens: '2',
    audioMinute: '0.6',
    webSearch: '0',
    abandoned: 'tokens',
    services: {},
  })
})

test('health says how the ledger is', async () => {
  const health = (await (await fetch(`${gateway.url}/health`)).json()) as { ledger: string }
  expect(health.ledger).toBe('ok')
})

test('what has ended is in the database within two seconds, without anybody asking', async () => {
  const response = await ask(gateway, says('[[say Hi]]'))
  const startedAt = performance.now()
  await until(async () => (await entryOf(idOf(response))) !== undefined)
  expect(performance.now() - startedAt).toBeLessThan(2000)
})
