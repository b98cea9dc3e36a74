import { describe, expect, onTestFinished, test } from 'vitest'
import { createSimulator } from '../../src/simulator/simulator.ts'
import type { ModelServer } from '../../src/upstream/balance/model-server.ts'
import { createServerLooks, type UpstreamState } from '../../src/upstream/server-looks.ts'
import type { VllmServer } from '../../src/upstream/vllm-server.ts'
import { failureOf } from '../chat/failure-of.ts'
import { runSimulator, until } from '../simulator/running-simulator.ts'
import { asks } from './chat-requests.ts'
import { chatPath, connectUpstream, startServers, textOf } from './running-upstream.ts'

/** Servers that are looked at by a rule of the test's. */
async function runLooks(count: number, look: (server: VllmServer) => Promise<unknown>) {
  const running = await Promise.all(Array.from({ length: count }, () => runSimulator()))
  const servers = startServers(running.map(({ url }) => url))
  const told: UpstreamState[] = []
  const looks = createServerLooks({ servers: servers.all, look, onChange: (state) => told.push(state) })
  onTestFinished(() => looks.stop())
  return { servers, looks, told, states: () => servers.upstreams.list().map(({ state }) => state) }
}

const away = () => Promise.reject(new Error('away'))

describe('a look', () => {
  test('now is over as soon as one server has answered, however long the others take', async () => {
    const { servers, looks } = await runLooks(2, (server) =>
      server === servers.all[1]?.server ? Promise.resolve() : new Promise(() => undefined),
    )
    await looks.now()
    expect(looks.state).toBe('ready')
  })

  test('now fails where none answers', async () => {
    const { looks, told } = await runLooks(2, away)
    await expect(looks.now()).rejects.toMatchObject({ kind: 'upstream-unavailable' })
    expect([looks.state, told]).toEqual(['waiting', ['waiting']])
  })

  test('keeps requests from a server that is away, and lets them go there again when it is back', async () => {
    let isAway = true
    const { servers, looks, states } = await runLooks(2, (server) =>
      isAway && server === servers.all[0]?.server ? away() : Promise.resolve(),
    )
    looks.start()
    await until(() => states()[1] === 'ready')
    expect(servers.all.map(({ use }) => use)).toEqual(['if-need-be', 'first'])
    isAway = false
    await until(() => states()[0] === 'ready')
    expect(servers.all.map(({ use }) => use)).toEqual(['first', 'first'])
  })
})

/** Two servers, of which the first is asked while it may be; both were looked at and are well. */
async function twoThatAreWell() {
  const [first, second] = [await runSimulator(), await runSimulator()]
  const servers = startServers([first.url, second.url], {
    // It is asked to pick where there is one at least.
    balance: (candidates) => candidates[0] as ModelServer,
  })
  const { ask, modelCards } = connectUpstream(servers)
  const states = () => servers.upstreams.list().map(({ state }) => state)
  onTestFinished(() => modelCards.stop())
  modelCards.start()
  await until(() => states().join() === 'ready,ready')
  return { first, servers, ask, modelCards, states }
}

test('a server that is ejected is looked at there and then, and tried as soon as it can be reached', async () => {
  const { first, servers, ask, states } = await twoThatAreWell()
  first.simulator.faults.always('reset', chatPath)
  first.simulator.faults.always('status 500', '/v1/models')
  for (const _ of [1, 2, 3]) expect(textOf(await ask(asks('[[say Hi]]')))).toBe('Hi')
  expect(states()[0]).toBe('ejected')
  const ejectedAt = performance.now()
  // One when all were well, one at the ejection, and the next tells that the one before is over.
  await until(() => first.simulator.requests.filter(({ path }) => path === '/v1/models').length === 3)
  expect(servers.all[0]?.use).toBe('if-need-be')
  await first.simulator.close()
  const again = createSimulator()
  await again.listen({ port: first.port })
  onTestFinished(() => again.close())
  await until(() => servers.all[0]?.use === 'first')
  // Without a look it would be out for 4.5 s at least.
  expect(performance.now() - ejectedAt).toBeLessThan(4400)
  await ask(asks('[[say Hi]]'))
  expect([states(), again.requests.at(-1)?.path]).toEqual([['ready', 'ready'], chatPath])
})

describe('a server whose port nobody listens on', () => {
  test('is away with the first request that finds it so, gets no more, and is back soon after it listens again', async () => {
    const { first, servers, ask, modelCards, states } = await twoThatAreWell()
    await first.simulator.close()
    expect(textOf(await ask(asks('[[say Hi]]')))).toBe('Hi')
    expect([states(), modelCards.state]).toEqual([['unreachable', 'ready'], 'ready'])
    for (const _ of [1, 2, 3]) await ask(asks('[[say Hi]]'))
    expect(servers.upstreams.list()[0]).toMatchObject({ state: 'unreachable', failures: 1 })
    const again = createSimulator()
    await again.listen({ port: first.port })
    onTestFinished(() => again.close())
    // The look that no refusal has hastened would come after ten seconds.
    await until(() => states()[0] === 'ready')
  })

  test('makes a service of one server unreachable at once', async () => {
    const { url, simulator } = await runSimulator()
    const servers = startServers([url])
    const { ask, modelCards } = connectUpstream(servers)
    onTestFinished(() => modelCards.stop())
    modelCards.start()
    await until(() => modelCards.state === 'ready')
    await simulator.close()
    expect(await failureOf(() => ask(asks('Hi')))).toMatchObject({ kind: 'upstream-unavailable' })
    expect(modelCards.state).toBe('unreachable')
  })
})
