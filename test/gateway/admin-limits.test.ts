import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestGateway } from '../support/test-gateway.ts'
import { askApi, startAdminGateway } from './admin-rig.ts'
import { ask, says } from './ask.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startAdminGateway('prices: { message: 0.03 }\n')
})
afterAll(() => gateway.stop())

const limitsOf = (query = '') => askApi(gateway, ['GET', `/admin/v1/limits${query}`])

async function make(draft: object): Promise<{ id: string; key: string }> {
  const { status, body } = await askApi(gateway, ['POST', '/admin/v1/keys'], { name: 'Ada', ...draft })
  expect(status).toBe(201)
  return body
}

const chat = (key: string, headers: Record<string, string> = {}, text = '[[say Hi]]', signal?: AbortSignal) =>
  ask(gateway, says(text), { headers: { authorization: `Bearer ${key}`, ...headers }, ...(signal && { signal }) })

/** A running gateway takes up a new key, and what was spent before, within seconds. */
async function expectKnown(key: string): Promise<void> {
  const credits = () => askApi(gateway, ['GET', '/v1/credits'], undefined, key)
  await expect.poll(async () => (await credits()).status, { timeout: 5000 }).toBe(200)
}

describe('GET /admin/v1/limits', () => {
  test('tells what is used of a limit, and null where there is none', async () => {
    const { id, key } = await make({ limits: { requests_per_minute: 5, tokens_per_day: 1000 }, credits: '1' })
    const fresh = { limit: 5, used: 0, remaining: 5 }
    expect((await limitsOf(`?key=${id}`)).body.data).toMatchObject([{ key_id: id, requests_per_minute: fresh }])
    await expectKnown(key)
    const response = await chat(key)
    const { usage } = (await response.json()) as { usage: { total_tokens: number } }
    const used = usage.total_tokens
    const { status, body } = await limitsOf(`?key=${id}`)
    expect([status, body]).toEqual([
      200,
      {
        data: [
          {
            key_id: id,
            key: 'Ada',
            end_user: null,
            requests_per_minute: { limit: 5, used: 1, remaining: 4 },
            tokens_per_minute: null,
            tokens_per_day: { limit: 1000, used, remaining: 1000 - used },
            concurrent: null,
            credits: { granted: '1', spent: '0.03', remaining: '0.97' },
          },
        ],
        next_cursor: null,
        services: [],
      },
    ])
  })

  test('counts a request as long as it runs', async () => {
    const { id, key } = await make({ limits: { concurrent: 2 } })
    await expectKnown(key)
    const leaving = new AbortController()
    const running = chat(key, {}, '[[fault hang]]', leaving.signal).catch(() => undefined)
    const concurrent = async () => (await limitsOf(`?key=${id}`)).body.data[0].concurrent
    await expect.poll(concurrent).toEqual({ limit: 2, used: 1, remaining: 1 })
    leaving.abort()
    await running
    await expect.poll(concurrent).toEqual({ limit: 2, used: 0, remaining: 2 })
  })

  test('has a line for each user of a shared key', async () => {
    const { id, key } = await make({ trust_end_user: 'headers', limits: { requests_per_minute: 3 } })
    await expectKnown(key)
    for (const user of ['ben', 'ben', 'eve']) await (await chat(key, { 'x-openwebui-user-id': user })).text()
    const { body } = await limitsOf(`?key=${id}`)
    const told = body.data.map((row: { end_user: string | null; requests_per_minute: { used: number } }) => [
      row.end_user,
      row.requests_per_minute.used,
    ])
    expect(told).toEqual([
      [null, 0],
      ['ben', 2],
      ['eve', 1],
    ])
  })

  test('lists bounded keys alone, page by page, and is for operators', async () => {
    const free = await make({})
    const bounded = await make({ limits: { tokens_per_minute: 10 } })
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const { body } = await limitsOf(`?limit=2${cursor && `&cursor=${cursor}`}`)
      seen.push(...body.data.map((row: { key_id: string }) => row.key_id))
      cursor = body.next_cursor
    }
    expect(seen).toContain(bounded.id)
    expect(seen).not.toContain(free.id)
    expect((await limitsOf('?key=key_none')).status).toBe(404)
    expect((await askApi(gateway, ['GET', '/admin/v1/limits'], undefined, gateway.key)).status).toBe(403)
  })
})
