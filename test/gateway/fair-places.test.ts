import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { ownerKey } from './admin-rig.ts'
import { ask, says } from './ask.ts'
import { crowdedOut, keyWith } from './crowded-out.ts'
import { untilHealth, untilIdle } from './until-health.ts'

const [places, queue] = [2, 4]

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway({
    settings: `adminKey: ${ownerKey}
keys: { syncEvery: 100ms }
services:
  - { name: gemma4, upstreams: ['$VLLM'], places: ${places}, queue: ${queue} }
  - { name: wide, upstreams: ['$VLLM'], places: ${places}, queue: 40 }
`,
  })
})
afterEach(async () => {
  gateway.simulator.faults.clear()
  await untilIdle(gateway, 'gemma4')
})
afterAll(() => gateway.stop())

const as = (key: string, more: { signal?: AbortSignal } = {}) => ({
  headers: { authorization: `Bearer ${key}` },
  ...more,
})

describe('a key that asks all the time', () => {
  async function crowdedOutOf(service: string): Promise<number> {
    const [greedy, modest] = [await keyWith(gateway), await keyWith(gateway)]
    const path = `/${service}/v1/chat/completions`
    async function askAs(key: string): Promise<number> {
      const response = await ask(gateway, says('[[say Hi]][[fault slow-first 30]]'), { ...as(key), path })
      await response.text()
      return response.status
    }
    return crowdedOut({ asMany: () => askAs(greedy), asOne: () => askAs(modest) })
  }

  test('leaves another one its share of the places', async () => {
    // Behind all who wait already, each of the ten would see some thirty others served.
    expect(await crowdedOutOf('wide')).toBeLessThan(150)
  }, 30_000)

  test('leaves another one its share of a full queue', async () => {
    expect(await crowdedOutOf('gemma4')).toBeLessThan(150)
  }, 30_000)
})

describe('a limit by the minute', () => {
  /** Fills the places and the queue; returns what empties them. */
  async function fillAll(): Promise<() => Promise<void>> {
    // Each by another key, so that none of them has more than the newcomer.
    const keys = await Promise.all(Array.from({ length: places + queue }, () => keyWith(gateway)))
    const controller = new AbortController()
    const held = keys.map(async (key) => {
      const asking = ask(gateway, says('[[fault dead-engine]]'), as(key, { signal: controller.signal }))
      await asking.catch(() => undefined)
    })
    await untilHealth(gateway, 'gemma4', { running: places, waiting: queue })
    return async () => {
      controller.abort()
      await Promise.all(held)
    }
  }

  test('is not used up by requests that found no room', async () => {
    const key = await keyWith(gateway, { limits: { requests_per_minute: 2, tokens_per_minute: 100_000 }, credits: '5' })
    const empty = await fillAll()
    for (let turn = 0; turn < 3; turn++) {
      const refused = await ask(gateway, says('Hi'), as(key))
      expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([503, true])
    }
    await empty()
    await untilIdle(gateway, 'gemma4')
    for (const status of [200, 200, 429]) {
      const response = await ask(gateway, says('[[say Hi]]'), as(key))
      expect(response.status).toBe(status)
      await response.text()
    }
  })

  test('is used up by a request that the model server had no room for after all', async () => {
    const key = await keyWith(gateway, { limits: { requests_per_minute: 2 } })
    const cut = says('[[words 50]][[fault error-in-stream 20]]', { stream: true })
    for (let turn = 0; turn < 2; turn++) await (await ask(gateway, cut, as(key))).text()
    expect((await ask(gateway, says('[[say Hi]]'), as(key))).status).toBe(429)
  })

  test('refuses a request before anybody counts its tokens', async () => {
    const key = await keyWith(gateway, { limits: { requests_per_minute: 1 } })
    const counts = () => gateway.simulator.requests.filter(({ path }) => path === '/tokenize').length
    const before = counts()
    const long = says('word '.repeat(7000))
    const statuses = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const response = await ask(gateway, long, as(key))
        await response.text()
        return response.status
      }),
    )
    expect(statuses.filter((status) => status === 429)).toHaveLength(19)
    expect(counts() - before).toBe(1)
    // One that does not fit is a request too: otherwise it could be asked as often as anybody liked.
    const overlong = await keyWith(gateway, { limits: { requests_per_minute: 1 } })
    const tooLong = says('word '.repeat(9000))
    expect((await ask(gateway, tooLong, as(overlong))).status).toBe(400)
    expect((await ask(gateway, tooLong, as(overlong))).status).toBe(429)
  })
})
