import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createSimulator } from '../../src/simulator/simulator.ts'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { askApi } from './admin-rig.ts'
import { ask, says, streams } from './ask.ts'
import { until } from './until.ts'
import { lineOf } from './upstream-requests.ts'
import { chatsOf, type SeveralUpstreams, startSeveralUpstreams } from './upstreams-rig.ts'

interface Told {
  readonly status: number
  /** Some of the model's words came. */
  readonly hasWords: boolean
  readonly isWhole: boolean
}

async function tell(response: Response): Promise<Told> {
  const text = await response.text().catch(() => '')
  // A stream's words and a whole reply's are spelt alike; an error has none.
  const words = [...text.matchAll(/"content":"([^"]+)"/g)].map(([, piece]) => piece).join('')
  return { status: response.status, hasWords: words !== '', isWhole: /\bw12\b/.test(words) }
}

/** Conversations that follow each other, streamed and whole, until somebody says stop. */
function startLoad(gateway: TestGateway, clients: number) {
  const told: Told[] = []
  let isStopped = false
  async function askOnAndOn(client: number): Promise<void> {
    for (let turn = 0; !isStopped; turn++) {
      const body = (turn % 2 === 0 ? streams : says)(`[[words 12]] client ${client}, turn ${turn}`)
      told.push(await tell(await ask(gateway, body)))
    }
  }
  const running = Array.from({ length: clients }, (_, client) => askOnAndOn(client))
  return {
    told,
    async stop() {
      isStopped = true
      await Promise.all(running)
    },
  }
}

describe('one of three servers that is killed under load', () => {
  test('fails no request that had no byte of its answer, and comes back', async () => {
    const rig = await startSeveralUpstreams(3, { tokensPerSecond: 200, firstTokenMs: 20 })
    onTestFinished(rig.stop)
    const { gateway, servers, states, revive } = rig
    const [victim] = servers
    if (victim === undefined) throw new Error('There are three.')
    const load = startLoad(gateway, 12)
    await until(() => load.told.length > 60 && victim.simulator.running > 1)
    await victim.simulator.close()
    const killedAt = load.told.length
    await until(() => load.told.length > killedAt + 120)
    const broken = load.told.filter(({ isWhole }) => !isWhole)
    expect(broken.filter(({ hasWords }) => !hasWords)).toEqual([])
    // Only those that were in the middle of a stream.
    expect(broken.length).toBeLessThan(12)
    expect(['ejected', 'unreachable']).toContain((await states())[0])
    expect(await health(gateway)).toMatchObject({ status: 'degraded', upstream: 'ready' })

    await revive(victim)
    await until(() => chatsOf(victim) > 10)
    await until(async () => (await states()).every((state) => state === 'ready'))
    expect(await health(gateway)).toMatchObject({ status: 'ok' })
    await load.stop()
    expect(load.told.filter(({ isWhole, hasWords }) => !isWhole && !hasWords)).toEqual([])
  }, 20_000)
})

async function health({ url }: TestGateway): Promise<unknown> {
  return (await fetch(`${url}/health`)).json()
}

describe('a conversation', () => {
  test('stays with its server while turns are added, and others go elsewhere', async () => {
    const { gateway, servers, stop } = await startSeveralUpstreams(3)
    onTestFinished(stop)
    const homes = new Set<number>()
    for (let talk = 0; talk < 12; talk++) {
      const before = servers.map(chatsOf)
      const messages = [
        { role: 'system', content: 'You are kind.' },
        { role: 'user', content: `Talk ${talk}` },
      ]
      for (let turn = 0; turn < 4; turn++) {
        await (await ask(gateway, { model: 'gemma4', messages })).text()
        messages.push({ role: 'assistant', content: `Answer ${turn}` }, { role: 'user', content: `More of ${turn}` })
      }
      const grown = servers.map((server, index) => chatsOf(server) - (before[index] ?? 0))
      expect(grown.toSorted()).toEqual([0, 0, 4])
      homes.add(grown.indexOf(4))
    }
    expect(homes.size).toBe(3)
  })
})

describe('a server is drained', () => {
  let rig: SeveralUpstreams
  beforeAll(async () => {
    rig = await startSeveralUpstreams(2, { tokensPerSecond: 100 })
  })
  afterAll(() => rig.stop())

  test('by an administrator: it ends what it runs, others serve, and health is well', async () => {
    const { gateway, servers, states, drain } = rig
    const [first, second] = servers
    if (first === undefined || second === undefined) throw new Error('There are two.')
    const running = await ask(gateway, streams('[[words 30]]'))
    const home = chatsOf(first) === 1 ? first : second
    expect(await drain(home, true)).toBe(200)
    expect((await states()).toSorted()).toEqual(['draining', 'ready'])
    for (const talk of [1, 2, 3, 4, 5, 6]) await (await ask(gateway, says(`[[say Hi]] ${talk}`))).text()
    expect(await running.text()).toContain('"finish_reason":"stop"')
    expect([chatsOf(home), chatsOf(first) + chatsOf(second)]).toEqual([1, 7])
    expect(await health(gateway)).toMatchObject({ status: 'ok', services: [{ upstreams: { ready: 1, all: 2 } }] })
    expect(await drain(home, false)).toBe(200)
    expect(await states()).toEqual(['ready', 'ready'])
  })

  test.each([
    ['/v1/chat/completions', says('Hi'), 503],
    ['/v1/messages', says('Hi', { max_tokens: 5 }), 529],
    ['/v1beta/models/gemma4:generateContent', { contents: [{ parts: [{ text: 'Hi' }] }] }, 503],
  ])('and so are all: a client of %s is told when to come again', async (path, body, status) => {
    const { gateway, servers, drain } = rig
    for (const server of servers) await drain(server, true)
    const refused = await ask(gateway, body, { path })
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([status, '30'])
    expect(await refused.text()).toContain('under maintenance')
    expect(await health(gateway)).toMatchObject({ status: 'degraded' })
    for (const server of servers) await drain(server, false)
  })

  test('by nobody else, and at no other address', async () => {
    const { gateway, servers, states } = rig
    const path = '/admin/v1/services/gemma4/upstreams'
    const body = { url: servers[0]?.url, draining: true }
    expect((await askApi(gateway, ['PATCH', path], body, gateway.key)).status).toBe(403)
    expect((await askApi(gateway, ['PATCH', path], { ...body, url: 'http://127.0.0.1:1' })).body.error.param).toBe(
      'url',
    )
    expect((await askApi(gateway, ['PATCH', path.replace('gemma4', 'qwen')], body)).status).toBe(404)
    expect(await states()).toEqual(['ready', 'ready'])
  })

  test('by its address as the settings may have it', async () => {
    const { gateway, servers, states } = rig
    const path = '/admin/v1/services/gemma4/upstreams'
    for (const [end, draining] of [
      ['/', true],
      ['/v1/', false],
      ['/v1', true],
      ['', false],
    ]) {
      expect((await askApi(gateway, ['PATCH', path], { url: `${servers[0]?.url}${end}`, draining })).status).toBe(200)
      expect(await states()).toEqual([draining === true ? 'draining' : 'ready', 'ready'])
    }
  })

  test('not without a word of draining, which is only missed where all else is known', async () => {
    const { gateway, servers } = rig
    const path = '/admin/v1/services/gemma4/upstreams'
    const url = servers[0]?.url
    const paramOf = async (body: object) => (await askApi(gateway, ['PATCH', path], body)).body.error.param
    expect((await askApi(gateway, ['PATCH', path.replace('gemma4', 'qwen')], { url })).status).toBe(404)
    expect(await paramOf({ url: 'http://127.0.0.1:1' })).toBe('url')
    expect(await paramOf({ url })).toBe('draining')
    expect(await paramOf({ draining: true })).toBe('url')
  })
})

test('the servers of one service are listed for operators at the address where they are changed', async () => {
  const { gateway, servers, stop } = await startSeveralUpstreams(2)
  onTestFinished(stop)
  const path = '/admin/v1/services/gemma4/upstreams'
  const { status, body } = await askApi(gateway, ['GET', path])
  expect(status).toBe(200)
  expect(body).toEqual({ data: servers.map(({ url }) => ({ url, state: 'ready', outstanding: 0, failures: 0 })) })
  expect((await askApi(gateway, ['GET', path], undefined, gateway.key)).status).toBe(403)
  expect((await askApi(gateway, ['GET', path.replace('gemma4', 'qwen')])).status).toBe(404)
})

test('each server is told with its address, its state and what it does', async () => {
  const { gateway, servers, stop } = await startSeveralUpstreams(2)
  onTestFinished(stop)
  const { body } = await askApi(gateway, ['GET', '/admin/v1/services'])
  expect(body.data).toMatchObject([{ name: 'gemma4', kind: 'chat', upstream: 'ready' }])
  expect(body.data[0].upstreams).toEqual(
    servers.map(({ url }) => ({ url, state: 'ready', outstanding: 0, failures: 0 })),
  )
})

test('a service whose server hangs never slows another', async () => {
  const stuck = createSimulator()
  const { url } = await stuck.listen()
  stuck.faults.always('hang')
  const settings = `services:\n  - { name: gemma4, upstreams: ['$VLLM'] }\n  - { name: stuck, places: 4, queue: 8, upstreams: ['${url}'] }`
  const gateway = await startTestGateway({ settings })
  onTestFinished(async () => {
    await gateway.stop()
    await stuck.close()
  })
  const measure = async () => {
    const times: number[] = []
    for (let asked = 0; asked < 100; asked++) {
      const from = performance.now()
      await (await ask(gateway, says('[[say Hi]]'))).text()
      times.push(performance.now() - from)
    }
    return times.toSorted((left, right) => left - right)[98] ?? Number.NaN
  }
  await measure()
  const aloneMs = await measure()
  const leaving = new AbortController()
  const hanging = Array.from({ length: 20 }, () =>
    ask(gateway, says('Hi'), { path: '/stuck/v1/chat/completions', signal: leaving.signal }).then(
      ({ status }) => status,
      () => 'left' as const,
    ),
  )
  await until(() => stuck.requests.filter(({ path }) => path === '/v1/chat/completions').length === 4)
  const besideMs = await measure()
  leaving.abort()
  // Four run, eight wait, and the rest is told to come again.
  const ends = await Promise.all(hanging)
  expect([ends.filter((end) => end === 'left').length, ends.filter((end) => end === 503).length]).toEqual([12, 8])
  expect(besideMs).toBeLessThan(aloneMs * 10 + 50)
}, 20_000)

test('the line of a request names the server that was asked last, and none where there is one alone', async () => {
  const { gateway, servers, stop } = await startSeveralUpstreams(2)
  onTestFinished(stop)
  const upstreamOf = async (from: TestGateway, sent = says('[[say Hi]]')) => {
    const response = await ask(from, sent)
    await response.text()
    return (await lineOf(from, response.headers.get('x-request-id'))).upstream
  }
  const home = await upstreamOf(gateway)
  const [first, other] = servers.toSorted(({ url }) => (url === home ? -1 : 1))
  expect(first?.url).toBe(home)
  first?.simulator.faults.always('status 503')
  expect(await upstreamOf(gateway)).toBe(other?.url)
  other?.simulator.faults.always('status 503')
  expect(servers.map(({ url }) => url)).toContain(await upstreamOf(gateway))
  const alone = await startTestGateway()
  onTestFinished(alone.stop)
  expect(await upstreamOf(alone)).toBeUndefined()
})
