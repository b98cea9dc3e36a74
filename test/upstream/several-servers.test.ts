import { describe, expect, test } from 'vitest'
import type { Fault } from '../../src/simulator/faults/fault.ts'
import type { ModelServer } from '../../src/upstream/balance/model-server.ts'
import type { ModelServers, ModelServersOptions } from '../../src/upstream/model-servers.ts'
import { failureOf } from '../chat/failure-of.ts'
import { type OpenVisit, openVisit } from '../chat/open-visit.ts'
import { runSimulator, until } from '../simulator/running-simulator.ts'
import { asks } from './chat-requests.ts'
import { chatPath, connectUpstream, startServers, textOf } from './running-upstream.ts'

type Running = Awaited<ReturnType<typeof runSimulator>>

/** Two servers; a rule that always prefers the first, unless a test has another. */
async function runTwo(options: Partial<ModelServersOptions> = {}) {
  const [first, second] = [await runSimulator({ tokensPerSecond: 50 }), await runSimulator()]
  const ejections: (number | undefined)[] = []
  const servers = startServers([first.url, second.url], {
    // It is asked to pick where there is one at least.
    balance: (candidates) => candidates[0] as ModelServer,
    onEject: ({ forMs }) => ejections.push(forMs),
    ...options,
  })
  const chats = ({ simulator }: Running) => simulator.requests.filter(({ path }) => path === chatPath)
  const count = (running: Running) => chats(running).length
  return { first, second, servers, chats, count, ejections, ...connectUpstream(servers) }
}

const by = { keyId: 'key_1', keyName: 'Ada' }

function drain(servers: ModelServers, url: string, draining = true) {
  return servers.upstreams.drain({ url, draining, by })
}

const streamed = () => openVisit()
const whole = () => openVisit({ streamed: false })

describe('the next server is asked', () => {
  test.each<readonly [string, Fault, () => OpenVisit]>([
    ['resets before the head of its answer, in a stream', 'reset', streamed],
    ['resets before the head of its answer, in a whole reply', 'reset', whole],
    ['resets after the head and before a byte', 'reset-after 0', streamed],
    ['says that its engine is dead', 'engine-dead', streamed],
    ['is a proxy before a server that is away', 'status 502', whole],
    ['is overloaded', 'status 503', streamed],
    ['wants less', 'status 429', whole],
  ])('where one %s', async (_what, fault, open) => {
    const { first, second, count, chats, ask } = await runTwo()
    first.simulator.faults.always(fault)
    const visit = open()
    expect(textOf(await ask(asks('[[say Hi]]'), visit))).toBe('Hi')
    expect(count(second)).toBe(1)
    const ids = [...chats(first), ...chats(second)].map(({ headers }) => headers['x-request-id'])
    expect(new Set(ids)).toEqual(new Set([visit.id]))
  })

  test('where one does not listen', async () => {
    const { first, second, count, ask } = await runTwo()
    await ask(asks('[[say Hi]]'))
    await first.simulator.close()
    expect(textOf(await ask(asks('[[say Hi]]')))).toBe('Hi')
    expect(count(second)).toBe(1)
  })
})

describe('no other server is asked', () => {
  test.each<Fault>(['status 400', 'status 404'])('where the request is refused: %s', async (fault) => {
    const { first, second, count, ask } = await runTwo()
    first.simulator.faults.always(fault)
    await failureOf(() => ask(asks('Hi')))
    expect([count(first), count(second)]).toEqual([1, 0])
  })

  test.each<Fault>(['reset-after 100', 'cut 2', 'error-in-stream 0'])('once a byte has come: %s', async (fault) => {
    const { first, second, count, ask } = await runTwo()
    first.simulator.faults.always(fault)
    await failureOf(() => ask(asks('Hi')))
    expect([count(first), count(second)]).toEqual([1, 0])
  })

  test('for a client that has left', async () => {
    const { first, second, count, ask, ejections } = await runTwo()
    first.simulator.faults.always('hang')
    for (const before of [0, 1, 2, 3]) {
      const visit = openVisit()
      const answer = failureOf(() => ask(asks('Hi'), visit))
      await until(() => count(first) === before + 1)
      visit.leave()
      expect((await answer).kind).toBe('abandoned')
    }
    expect([count(second), ejections]).toEqual([0, []])
  })

  test('a third time: two that fail are a failure', async () => {
    const { first, second, count, ask } = await runTwo()
    first.simulator.faults.always('status 503')
    second.simulator.faults.always('status 503')
    expect((await failureOf(() => ask(asks('Hi')))).kind).toBe('overloaded')
    expect([count(first), count(second)]).toEqual([1, 1])
  })
})

describe('a server whose answers fail', () => {
  test.each<Fault>(['reset', 'engine-dead', 'status 502'])('gets nothing after the third: %s', async (fault) => {
    const { first, second, ask, count, ejections, servers } = await runTwo()
    first.simulator.faults.always(fault)
    for (const _ of [1, 2, 3]) await ask(asks('[[say Hi]]'))
    const before = count(first)
    for (const _ of [1, 2, 3]) await ask(asks('[[say Hi]]'))
    expect([count(first), count(second), ejections]).toEqual([before, 6, [expect.any(Number)]])
    expect(servers.upstreams.list().map(({ state }) => state)).toEqual(['ejected', 'ready'])
  })

  test('after it began to answer gets nothing after the third', async () => {
    const { first, second, ask, count } = await runTwo()
    first.simulator.faults.always('error-in-stream 1')
    for (const _ of [1, 2, 3]) await failureOf(() => ask(asks('Hi')))
    await ask(asks('[[say Hi]]'))
    expect([count(first), count(second)]).toEqual([3, 1])
  })

  test('that falls silent counts, by our own deadline', async () => {
    const { first, second, servers, count } = await runTwo()
    const { ask } = connectUpstream(servers, { firstEventMs: 30 })
    first.simulator.faults.always('dead-engine')
    for (const _ of [1, 2, 3]) expect((await failureOf(() => ask(asks('Hi')))).kind).toBe('timeout')
    await ask(asks('[[say Hi]]'))
    expect([count(first), count(second)]).toEqual([3, 1])
  })

  test('is tried again by one request when its time is over, and is back with its first good answer', async () => {
    const clock = { nowMs: 0 }
    const { first, second, ask, count, ejections } = await runTwo({ now: () => clock.nowMs, random: () => 0.5 })
    first.simulator.faults.always('engine-dead')
    for (const _ of [1, 2, 3]) await ask(asks('[[say Hi]]'))
    clock.nowMs = 5000
    await ask(asks('[[say Hi]]'))
    expect([count(first), count(second), ejections]).toEqual([4, 4, [5000, 10_000]])
    first.simulator.faults.clear()
    clock.nowMs = 15_000
    await ask(asks('[[say Hi]]'))
    expect([count(first), count(second), ejections]).toEqual([5, 4, [5000, 10_000, undefined]])
  })

  test('is tried again by the next request where the one that was to try it had been left before', async () => {
    const clock = { nowMs: 0 }
    const { first, servers, ask, count } = await runTwo({ now: () => clock.nowMs, random: () => 0.5 })
    first.simulator.faults.always('engine-dead')
    for (const _ of [1, 2, 3]) await ask(asks('[[say Hi]]'))
    first.simulator.faults.clear()
    clock.nowMs = 5000
    const left = servers.ask({ method: 'POST', path: chatPath, body: '{}' }, AbortSignal.abort(new Error('enough')))
    await expect(left).rejects.toThrow('enough')
    await ask(asks('[[say Hi]]'))
    expect(count(first)).toBe(4)
  })

  test('counts at once, also while the other one is long in answering in its place', async () => {
    const { first, second, ask, count, ejections } = await runTwo()
    first.simulator.faults.always('engine-dead')
    second.simulator.faults.always('hang')
    const visits = [1, 2, 3].map(() => openVisit({ streamed: false }))
    const answers = visits.map((visit) => failureOf(() => ask(asks('Hi'), visit)))
    await until(() => count(second) === 3)
    expect(ejections).toEqual([expect.any(Number)])
    for (const visit of visits) visit.leave()
    await Promise.all(answers)
  })

  test('is asked all the same where every other is drained', async () => {
    const { first, second, servers, ask, count } = await runTwo()
    first.simulator.faults.always('engine-dead')
    for (const _ of [1, 2, 3]) await ask(asks('[[say Hi]]'))
    drain(servers, second.url)
    first.simulator.faults.clear()
    expect(textOf(await ask(asks('[[say Hi]]')))).toBe('Hi')
    expect(count(second)).toBe(3)
  })
})

describe('a server that is drained', () => {
  test('ends what it runs, and gets nothing new until it is let in again', async () => {
    const { first, second, servers, ask, count } = await runTwo()
    const running = ask(asks('[[words 20]]'))
    await until(() => count(first) === 1)
    expect(drain(servers, first.url)).toMatchObject({ state: 'draining', outstanding: 1 })
    await ask(asks('[[say Hi]]'))
    expect(textOf(await running)).toContain('w20')
    expect([count(first), count(second)]).toEqual([1, 1])
    drain(servers, first.url, false)
    await ask(asks('[[say Hi]]'))
    expect(count(first)).toBe(2)
  })

  test('with all others: clients are told when to come again', async () => {
    const { first, second, servers, ask } = await runTwo()
    for (const { url } of [first, second]) drain(servers, url)
    expect(await failureOf(() => ask(asks('Hi')))).toMatchObject({ kind: 'overloaded', retryAfterSeconds: 30 })
  })

  test('is not found by an address that the service does not have', async () => {
    const { servers } = await runTwo()
    expect(drain(servers, 'http://127.0.0.1:1')).toBeUndefined()
  })
})

test('one server alone is asked whatever happened before, and can be drained', async () => {
  const { url, simulator } = await runSimulator()
  const servers = startServers([url])
  const { ask } = connectUpstream(servers)
  simulator.faults.always('engine-dead')
  for (const _ of [1, 2, 3, 4]) await failureOf(() => ask(asks('Hi')))
  simulator.faults.clear()
  expect(textOf(await ask(asks('[[say Hi]]')))).toBe('Hi')
  drain(servers, url)
  expect((await failureOf(() => ask(asks('Hi')))).kind).toBe('overloaded')
})
