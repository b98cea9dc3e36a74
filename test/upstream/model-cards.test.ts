import { setImmediate } from 'node:timers/promises'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { describeCause } from '../../src/log/describe-cause.ts'
import { createModelCards, type ModelCardsOptions } from '../../src/upstream/model-cards.ts'
import type { UpstreamState } from '../../src/upstream/server-looks.ts'
import { failureOf } from '../chat/failure-of.ts'
import { runSimulator, until } from '../simulator/running-simulator.ts'
import { httpAnswer, runRawServer } from './raw-server.ts'
import { startServers } from './running-upstream.ts'

const path = '/v1/models'

/** Cards of some servers, and the states that were told of them. */
function openCards(urls: readonly string[], options: Partial<ModelCardsOptions> = {}) {
  const servers = startServers(urls)
  const others: (readonly [string, readonly string[] | undefined])[] = []
  const told: UpstreamState[] = []
  const causes: unknown[] = []
  const cards = createModelCards({
    servers: servers.all,
    onOtherModel: (url, models) => others.push([url, models]),
    model: null,
    contextWindow: null,
    onChange: (state, cause) => {
      told.push(state)
      causes.push(cause)
    },
    ...options,
  })
  onTestFinished(() => cards.stop())
  const states = () => servers.upstreams.list().map(({ state }) => state)
  return { cards, told, causes, others, states }
}

/** Waits for a condition by turns of the event loop, while the clock stands still. */
async function turns(condition: () => boolean): Promise<void> {
  while (!condition()) await setImmediate()
}

/** A server whose model list is this text. */
async function serverWith(list: string): Promise<string> {
  return (await runRawServer((socket) => socket.write(httpAnswer(list)))).url
}

describe('the card', () => {
  test('is what the server says of its model', async () => {
    const { url } = await runSimulator({ model: 'gemma-4-e4b', maxModelLen: 4096 })
    const { cards } = openCards([url])
    expect(cards.known).toBeUndefined()
    expect(await cards.current()).toEqual({ model: 'gemma-4-e4b', contextWindow: 4096 })
  })

  test('is in memory once it is known: nobody is asked, and nobody waits', async () => {
    const { url, simulator } = await runSimulator()
    const { cards } = openCards([url])
    const card = await cards.current()
    expect(cards.current()).toBe(card)
    expect(cards.known).toBe(card)
    expect(simulator.requests).toHaveLength(1)
  })

  test('is asked for once by all who wait for it', async () => {
    const { url, simulator } = await runSimulator()
    const { cards } = openCards([url])
    const [first, ...others] = await Promise.all([cards.current(), cards.current(), cards.current()])
    expect(others).toEqual([first, first])
    expect(simulator.requests).toHaveLength(1)
  })

  test('is what the owner says, where the owner says it', async () => {
    const { url } = await runSimulator({ maxModelLen: 4096 })
    const { cards } = openCards([url], { model: 'lora', contextWindow: 1000 })
    expect(await cards.current()).toEqual({ model: 'lora', contextWindow: 1000 })
    const { cards: half } = openCards([url], { model: 'lora' })
    expect(await half.current()).toEqual({ model: 'lora', contextWindow: 4096 })
  })

  test('is of the model that the owner names, where the server has several', async () => {
    const data = [
      { id: 'a', max_model_len: 1000 },
      { id: 'b', max_model_len: 2000 },
    ]
    const url = await serverWith(JSON.stringify({ data }))
    expect(await openCards([url]).cards.current()).toEqual({ model: 'a', contextWindow: 1000 })
    expect(await openCards([url], { model: 'b' }).cards.current()).toEqual({ model: 'b', contextWindow: 2000 })
  })

  test('is had from another server where the first does not answer', async () => {
    const { url, simulator } = await runSimulator()
    const broken = await runSimulator()
    broken.simulator.faults.always('status 500', path)
    expect(await openCards([broken.url, url]).cards.current()).toMatchObject({ model: 'gemma-4-e2b' })
    expect(simulator.requests).toHaveLength(1)
  })
})

describe('of several servers', () => {
  test('each is asked, and the smallest context window is that of all', async () => {
    const [wide, narrow] = [await runSimulator(), await runSimulator({ maxModelLen: 4096 })]
    const { cards, states } = openCards([wide.url, narrow.url])
    cards.start()
    await until(() => states().every((state) => state === 'ready'))
    expect(cards.known).toEqual({ model: 'gemma-4-e2b', contextWindow: 4096 })
  })

  test.each([
    ['the first', null, ['a', 'b'], ['ready', 'other-model'], 'a'],
    ['most', null, ['a', 'b', 'b'], ['other-model', 'ready', 'ready'], 'b'],
    ['the owner', 'b', ['a', 'b', 'a'], ['other-model', 'ready', 'other-model'], 'b'],
    ['the owner, whom nobody bears out', 'c', ['a', 'b'], ['ready', 'ready'], 'c'],
  ])('%s decide on the model; a server of another is not used, and the log learns of it', async (...row) => {
    const [, wanted, models, wantedStates, model] = row
    const running = await Promise.all(models.map((name) => runSimulator({ model: name })))
    const { cards, states, others } = openCards(
      running.map(({ url }) => url),
      { model: wanted },
    )
    cards.start()
    await until(() => states().join() === wantedStates.join())
    expect(cards.known?.model).toBe(model)
    const left = new Map(others)
    expect(running.map(({ url }) => left.get(url)?.join())).toEqual(
      models.map((name, index) => (wantedStates[index] === 'other-model' ? name : undefined)),
    )
  })

  test('the service is ready while one is, and one that is away is known as that', async () => {
    const [sound, broken] = [await runSimulator(), await runSimulator()]
    broken.simulator.faults.always('status 500', path)
    const { cards, states, told } = openCards([sound.url, broken.url])
    cards.start()
    await until(() => states()[0] === 'ready' && broken.simulator.requests.length > 0)
    expect([states(), cards.state, told.at(-1)]).toEqual([['ready', 'waiting'], 'ready', 'ready'])
  })
})

describe('without a card a request is told that the server is not ready', () => {
  test.each([
    ['no JSON', 'not ready'],
    ['no models', '{"data":[]}'],
    ['no length', '{"data":[{"id":"a"}]}'],
    ['another length', '{"data":[{"id":"a","max_model_len":0}]}'],
    ['something else', '{"error":"Unauthorized"}'],
  ])('where the list has %s', async (_name, list) => {
    const { cards } = openCards([await serverWith(list)])
    const failure = await failureOf(() => cards.current())
    expect(failure).toMatchObject({ kind: 'upstream-unavailable', retryAfterSeconds: 2 })
    expect(cards.state).toBe('waiting')
  })

  test('where the server refuses, and the log learns why', async () => {
    const { url } = await runSimulator({ apiKey: 'sesame' })
    const { cards } = openCards([url])
    const failure = await failureOf(() => cards.current())
    expect(failure.kind).toBe('upstream-unavailable')
    expect(describeCause(failure)).toContain('GET /v1/models answered 401')
  })

  test('and the next one asks anew', async () => {
    const { url, simulator } = await runSimulator()
    simulator.faults.next('status 503', path)
    const { cards } = openCards([url])
    await failureOf(() => cards.current())
    expect(await cards.current()).toMatchObject({ model: 'gemma-4-e2b' })
  })
})

describe('the state', () => {
  afterEach(() => {
    vi.restoreAllMocks()
    vi.useRealTimers()
  })

  test('is waiting until the server has answered once, ready while it does, unreachable when it stops', async () => {
    const { url, simulator } = await runSimulator()
    simulator.faults.always('status 503', path)
    const { cards, told } = openCards([url])
    // Only the clock of the refreshes stands still; sockets go on.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const waits = vi.spyOn(globalThis, 'setTimeout')
    const delays = () =>
      waits.mock.calls.map(([, delay]) => delay).filter((delay) => delay === 1000 || delay === 10_000)
    const passed = async (milliseconds: number) => {
      const [asked, before] = [simulator.requests.length, delays().length]
      vi.advanceTimersByTime(milliseconds)
      await turns(() => delays().length === before + 1)
      expect(simulator.requests).toHaveLength(asked + 1)
    }
    expect(cards.state).toBe('waiting')
    cards.start()
    await turns(() => delays().length === 1)
    expect([cards.state, told]).toEqual(['waiting', ['waiting']])

    simulator.faults.clear()
    await passed(1000)
    expect([cards.state, told]).toEqual(['ready', ['waiting', 'ready']])

    simulator.faults.always('status 503', path)
    await passed(10_000)
    expect(cards.state).toBe('unreachable')
    expect(cards.known).toEqual({ model: 'gemma-4-e2b', contextWindow: 8192 })
    await passed(1000)
    expect(told).toEqual(['waiting', 'ready', 'unreachable'])

    simulator.faults.clear()
    await passed(1000)
    expect(told).toEqual(['waiting', 'ready', 'unreachable', 'ready'])
    expect(delays()).toEqual([1000, 10_000, 1000, 1000, 10_000])
  })

  test('is not told anew when the cards are stopped in the middle of asking', async () => {
    const { url, simulator } = await runSimulator()
    const { cards, told } = openCards([url])
    await cards.current()
    simulator.faults.always('hang', path)
    cards.start()
    await until(() => simulator.requests.length === 2)
    cards.stop()
    await until(() => simulator.requests[1]?.closedBy === 'client')
    expect(told).toEqual(['ready'])
  })
})
