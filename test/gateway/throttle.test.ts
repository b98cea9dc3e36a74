import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'

type Headers = Readonly<Record<string, string>>

let direct: TestGateway
let unlimited: TestGateway
/** Behind a proxy, so that each test has addresses of its own. */
let proxied: TestGateway
beforeAll(async () => {
  const start = (settings: string) => startTestGateway({ settings })
  ;[direct, unlimited, proxied] = await Promise.all([
    start('failedKeysPerMinute: 1'),
    start('failedKeysPerMinute: 0'),
    start('failedKeysPerMinute: 3\ntrustProxy: true'),
  ])
})
afterAll(() => Promise.all([direct, unlimited, proxied].map((gateway) => gateway.stop())))

const from = (address: string) => ({ 'x-forwarded-for': address })

function models({ url }: TestGateway, headers: Headers): Promise<Response> {
  return fetch(`${url}/v1/models`, { headers })
}

/** The statuses of requests that are sent one after the other, each with another wrong key. */
async function guess(gateway: TestGateway, count: number, headers: Headers = {}): Promise<number[]> {
  const statuses: number[] = []
  for (let turn = 0; turn < count; turn++) {
    const response = await models(gateway, { authorization: `Bearer guess-${turn}`, ...headers })
    await response.text()
    statuses.push(response.status)
  }
  return statuses
}

describe('wrong keys from one address', () => {
  test('are refused as too many beyond the limit, while a valid key is served as ever', async () => {
    const address = from('192.0.2.10')
    expect(await guess(proxied, 5, address)).toEqual([403, 403, 403, 429, 429])
    const refused = await models(proxied, { authorization: 'Bearer guess', ...address })
    expect(refused.status).toBe(429)
    const wait = Number(refused.headers.get('retry-after'))
    expect(wait).toBeGreaterThan(30)
    expect(wait).toBeLessThanOrEqual(60)
    expect(await refused.json()).toMatchObject({ error: { code: 'rate_limit_exceeded' } })
    for (let turn = 0; turn < 5; turn++) {
      expect((await models(proxied, { authorization: `Bearer ${proxied.key}`, ...address })).status).toBe(200)
    }
  })

  test('are told in the words of the dialect that is spoken, and counted for all of them together', async () => {
    const address = from('192.0.2.11')
    expect(await guess(proxied, 2, address)).toEqual([403, 403])
    const byQuery = () => fetch(`${proxied.url}/v1beta/models?key=guess`, { headers: address })
    expect((await byQuery()).status).toBe(401)
    const refused = await models(proxied, { 'x-api-key': 'guess', 'anthropic-version': '2023-06-01', ...address })
    expect(refused.status).toBe(429)
    expect(await refused.json()).toMatchObject({ type: 'error', error: { type: 'rate_limit_error' } })
    expect(await (await byQuery()).json()).toMatchObject({ error: { status: 'RESOURCE_EXHAUSTED' } })
  })

  test('are not those of requests with a valid key, or without any', async () => {
    const address = from('192.0.2.12')
    for (let turn = 0; turn < 5; turn++) {
      expect((await models(proxied, { authorization: `Bearer ${proxied.key}`, ...address })).status).toBe(200)
      expect((await models(proxied, address)).status).toBe(401)
    }
    expect(await guess(proxied, 4, address)).toEqual([403, 403, 403, 429])
  })

  test('may be any number where the limit is 0', async () => {
    expect(new Set(await guess(unlimited, 50))).toEqual(new Set([403]))
  })
})

describe('the address that is counted', () => {
  test("is the connection's own, whatever a client says", async () => {
    expect(await guess(direct, 1, from('192.0.2.1'))).toEqual([403])
    expect(await guess(direct, 1, from('192.0.2.2'))).toEqual([429])
  })

  test('is the last that a trusted proxy names, not one that the client put before it', async () => {
    expect(await guess(proxied, 4, from('192.0.2.21'))).toEqual([403, 403, 403, 429])
    expect(await guess(proxied, 1, from('192.0.2.22'))).toEqual([403])
    expect(await guess(proxied, 1, from('198.51.100.7, 192.0.2.21'))).toEqual([429])
  })

  test('is a whole /64 of IPv6', async () => {
    expect(await guess(proxied, 3, from('2001:db8:0:1::1'))).toEqual([403, 403, 403])
    expect(await guess(proxied, 1, from('2001:db8:0:1:ffff::2'))).toEqual([429])
    expect(await guess(proxied, 1, from('2001:db8:0:2::1'))).toEqual([403])
  })
})
