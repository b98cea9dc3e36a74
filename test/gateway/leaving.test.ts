import type { Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { RecordedRequest } from '../../src/simulator/exchange/recorder.ts'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { ask, says, streams } from './ask.ts'
import { createSocketClients, readUntil, type SocketClients } from './socket-clients.ts'
import { until } from './until.ts'

/** A client that leaves costs the model no longer than this. */
const noticedMs = 250

let gateway: TestGateway
let clients: SocketClients

beforeAll(async () => {
  gateway = await startTestGateway({
    simulator: { tokensPerSecond: 100 },
    settings: `firstEventHold: 40ms\nkeepAliveEvery: 20ms\nservices: [{ upstreams: ['$VLLM'], places: 2, queue: 50 }]`,
  })
  clients = createSocketClients(gateway)
})

afterEach(async () => {
  gateway.simulator.faults.clear()
  await clients.leaveAll()
})

afterAll(() => gateway.stop())

async function expectClosedSoon(asked: RecordedRequest, leave: () => void): Promise<void> {
  expect(asked.closedAt).toBeUndefined()
  const leftAt = Date.now()
  leave()
  await until(() => asked.closedAt !== undefined)
  expect(asked.closedBy).toBe('client')
  expect(Number(asked.closedAt) - leftAt).toBeLessThan(noticedMs)
}

describe('a client that leaves closes the connection to the model', () => {
  const ways = {
    'closes its connection': (socket: Socket) => socket.destroy(),
    'resets its connection': (socket: Socket) => socket.resetAndDestroy(),
    'ends its connection': (socket: Socket) => socket.end(),
  }

  describe.for(Object.entries(ways))('when it %s', ([, leave]) => {
    test.for([true, false])('before the first byte, streamed: %s', async (stream) => {
      const line = await clients.newLine(async () => {
        const { socket, asked } = await clients.reachModel(says('[[fault hang]]', { stream }))
        await expectClosedSoon(asked, () => leave(socket))
      })
      expect(line).toMatchObject({ outcome: 'abandoned', failure: 'abandoned' })
    })

    test('in the middle of a stream', async () => {
      const line = await clients.newLine(async () => {
        const { socket, asked } = await clients.reachModel(streams('[[words 500]]'))
        await readUntil(socket, 'w3')
        await expectClosedSoon(asked, () => leave(socket))
      })
      expect(line).toMatchObject({ outcome: 'abandoned', status: 200 })
    })

    test('in the middle of a whole reply', async () => {
      const line = await clients.newLine(async () => {
        const { socket, asked } = await clients.reachModel(says('[[words 500]]'))
        await until(() => gateway.simulator.running === 1)
        await expectClosedSoon(asked, () => leave(socket))
      })
      expect(line).toMatchObject({ outcome: 'abandoned', status: 499 })
    })
  })

  test('when half of a whole reply has come from the model', async () => {
    const { socket, asked } = await clients.reachModel(says('[[words 20]][[fault hang-after]]'))
    await until(() => asked.status === 200)
    await expectClosedSoon(asked, () => socket.destroy())
  })

  test('when only comments have come', async () => {
    const { socket, asked } = await clients.reachModel(streams('[[fault dead-engine]]'))
    await readUntil(socket, ': keep-alive')
    await expectClosedSoon(asked, () => socket.destroy())
  })

  test('when its prompt is being counted', async () => {
    gateway.simulator.faults.always('hang', '/tokenize')
    const { requests } = gateway.simulator
    const { length } = requests
    const socket = await clients.arrive(says('word '.repeat(6000)))
    const find = () => requests.slice(length).find(({ path }) => path === '/tokenize')
    await until(() => find() !== undefined)
    const { length: asked } = clients.chatRequests()
    const line = await clients.newLine(async () => {
      const counted = find()
      if (counted !== undefined) await expectClosedSoon(counted, () => socket.destroy())
    })
    expect(line).toMatchObject({ outcome: 'abandoned' })
    expect(clients.chatRequests()).toHaveLength(asked)
  })

  test('when it wants nothing but the count', async () => {
    // The context window is known from here on, and with it that there is a tokenizer to ask.
    await ask(gateway, says('[[say Hi]]'))
    gateway.simulator.faults.always('hang', '/tokenize')
    const { requests } = gateway.simulator
    const { length } = requests
    const controller = new AbortController()
    const options = { path: '/v1/messages/count_tokens', signal: controller.signal }
    const asking = ask(gateway, says('Hi'), options).catch(() => undefined)
    await until(() => requests.length > length)
    const counted = requests[length]
    expect(counted).toMatchObject({ path: '/tokenize' })
    if (counted !== undefined) await expectClosedSoon(counted, () => controller.abort())
    await asking
  })

  test('when it is the SDK that aborts', async () => {
    const controller = new AbortController()
    const { length } = clients.chatRequests()
    const asking = ask(gateway, says('[[fault hang]]'), { signal: controller.signal }).catch(() => undefined)
    await until(() => clients.chatRequests().length > length)
    const asked = clients.chatRequests()[length]
    if (asked !== undefined) await expectClosedSoon(asked, () => controller.abort())
    await asking
  })
})

describe('a client that leaves never reaches the model', () => {
  test('while its body is still being sent', async () => {
    const { length } = clients.chatRequests()
    const line = await clients.newLine(async () => {
      const socket = await clients.arrive('{"messages":[', 1000)
      // A later request that was answered: this one is at the door.
      await fetch(`${gateway.url}/livez`)
      socket.destroy()
    })
    expect(line).toMatchObject({ outcome: 'abandoned', status: 499, usage: undefined })
    expect(clients.chatRequests()).toHaveLength(length)
  })

  test.for([true, false])('while it waits in the queue, streamed: %s', async (stream) => {
    const holders = [
      await clients.reachModel(streams('[[fault hang]]')),
      await clients.reachModel(says('[[fault hang]]')),
    ]
    const { length } = clients.chatRequests()
    const socket = await clients.arrive(says('[[say never]]', { stream }))
    await untilWaiting(1)
    if (stream) await readUntil(socket, ': keep-alive')
    const line = await clients.newLine(async () => {
      socket.destroy()
      await untilWaiting(0)
    })
    expect(line).toMatchObject({ outcome: 'abandoned', usage: undefined, queueMs: undefined })
    for (const holder of holders) holder.socket.destroy()
    await until(() => holders.every(({ asked }) => asked.closedAt !== undefined))
    expect(await (await ask(gateway, says('[[say Hi]]'))).json()).toMatchObject({
      choices: [{ message: { content: 'Hi' } }],
    })
    expect(clients.chatRequests()).toHaveLength(length + 1)
  })

  function untilWaiting(wanted: number): Promise<void> {
    return until(async () => {
      const health = (await (await fetch(`${gateway.url}/gemma4/health`)).json()) as { waiting: number }
      return health.waiting === wanted
    })
  }
})
