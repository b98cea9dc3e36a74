import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestGateway } from '../support/test-gateway.ts'
import { askApi, startAdminGateway } from './admin-rig.ts'
import { ask, says } from './ask.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startAdminGateway('prices: { message: 0.03 }\n')
})
afterAll(() => gateway.stop())

/** A key that the running gateway knows. */
async function keyWith(terms: object): Promise<string> {
  const { status, body } = await askApi(gateway, ['POST', '/admin/v1/keys'], { name: 'limited', ...terms })
  expect(status).toBe(201)
  const models = () => fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${body.key}` } })
  await expect.poll(async () => (await models()).status, { timeout: 5000 }).toBe(200)
  return body.key
}

const chat = (key: string, rest: object = {}) =>
  ask(gateway, says('[[say Hi]]', rest), { headers: { authorization: `Bearer ${key}` } })

const messages = (key: string) =>
  ask(
    gateway,
    { max_tokens: 16, messages: [{ role: 'user', content: '[[say Hi]]' }] },
    { path: '/v1/messages', headers: { 'x-api-key': key } },
  )

describe('a key with limits', () => {
  test('is told what is left with every answer, and when to come back', async () => {
    const key = await keyWith({ limits: { requests_per_minute: 2, tokens_per_minute: 100_000 } })
    const first = await chat(key, { max_tokens: 50 })
    expect(first.status).toBe(200)
    expect(first.headers.get('x-ratelimit-limit-requests')).toBe('2')
    expect(first.headers.get('x-ratelimit-remaining-requests')).toBe('1')
    expect(Number(first.headers.get('x-ratelimit-remaining-tokens'))).toBeGreaterThan(99_000)
    const streamed = await chat(key, { stream: true })
    await streamed.text()
    expect(streamed.headers.get('x-ratelimit-remaining-requests')).toBe('0')
    const refused = await chat(key)
    expect(refused.status).toBe(429)
    const { error } = (await refused.json()) as { error: { code: string; message: string } }
    expect(error).toMatchObject({ code: 'rate_limit_exceeded' })
    expect(error.message).toContain('2 requests a minute for this key')
    const wait = Number(refused.headers.get('retry-after'))
    expect(wait).toBeGreaterThan(30)
    expect(wait).toBeLessThanOrEqual(61)
    expect(refused.headers.get('x-ratelimit-limit-requests')).toBe('2')
    expect(refused.headers.get('x-ratelimit-remaining-requests')).toBe('0')
    expect(refused.headers.get('x-ratelimit-reset-requests')).toMatch(/^\d+(ms|s|m\d+s)$/)
    expect(refused.headers.get('x-ratelimit-limit-tokens')).toBe('100000')
  })

  test('is told in the words of the dialect that it speaks', async () => {
    const key = await keyWith({ limits: { requests_per_minute: 1 } })
    const first = await messages(key)
    expect(first.headers.get('anthropic-ratelimit-requests-limit')).toBe('1')
    expect(Date.parse(first.headers.get('anthropic-ratelimit-requests-reset') ?? '')).toBeGreaterThan(Date.now())
    const refused = await messages(key)
    expect(refused.status).toBe(429)
    expect(refused.headers.get('anthropic-ratelimit-requests-remaining')).toBe('0')
    expect(await refused.json()).toMatchObject({ type: 'error', error: { type: 'rate_limit_error' } })
  })

  test.each([
    ['/v1beta/models/gemma4:generateContent', { contents: [{ parts: [{ text: 'Hi' }] }] }],
    ['/v1/responses', { input: 'Hi' }],
    ['/chat', { prompt: 'Hi' }],
  ])('is told what is left also where it is refused (%s)', async (path, body) => {
    const key = await keyWith({ limits: { requests_per_minute: 1 } })
    await (await chat(key)).text()
    const refused = await ask(gateway, body, { path, headers: { authorization: `Bearer ${key}` } })
    expect([refused.status, refused.headers.get('x-ratelimit-remaining-requests')]).toEqual([429, '0'])
  })

  test('has no more requests at once than it may', async () => {
    const key = await keyWith({ limits: { concurrent: 1 } })
    const asked = gateway.simulator.requests.length
    const controller = new AbortController()
    const running = fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      signal: controller.signal,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(says('[[fault hang]]')),
    }).catch(() => undefined)
    await expect.poll(() => gateway.simulator.requests.length).toBeGreaterThan(asked)
    expect((await chat(key)).status).toBe(429)
    controller.abort()
    await running
    await expect.poll(async () => (await chat(key)).status).toBe(200)
  })
})

describe('counts of tokens', () => {
  const counts = [
    ['/v1/messages/count_tokens', { messages: [{ role: 'user', content: 'Hi' }] }, { type: 'error' }],
    ['/v1/responses/input_tokens', { input: 'Hi' }, { error: { code: 'rate_limit_exceeded' } }],
    [
      '/v1beta/models/gemma4:countTokens',
      { contents: [{ parts: [{ text: 'Hi' }] }] },
      { error: { status: 'RESOURCE_EXHAUSTED' } },
    ],
  ] as const

  test.for(counts)('by %s are as many a minute as requests, beside them', async ([path, body, told]) => {
    const key = await keyWith({ limits: { requests_per_minute: 2 } })
    const count = () => ask(gateway, body, { path, headers: { authorization: `Bearer ${key}` } })
    for (let turn = 0; turn < 2; turn++) expect((await count()).status).toBe(200)
    const refused = await count()
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await refused.json()).toMatchObject(told)
    expect((await chat(key)).status).toBe(200)
  })
})

describe('credits', () => {
  test('that are out are told in each dialect, and are not asked for again', async () => {
    const key = await keyWith({ credits: '0.02' })
    const refused = await messages(key)
    expect(refused.status).toBe(402)
    expect(await refused.json()).toMatchObject({ error: { type: 'billing_error' } })
  })
})
