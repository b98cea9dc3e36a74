import type { Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { RecordedRequest } from '../../src/simulator/exchange/recorder.ts'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { ask, says, streams } from './ask.ts'
import { openSocket, rawRequest } from './raw-exchange.ts'
import { until } from './until.ts'

/** A client that leaves costs the model no longer than this. */
const noticedMs = 250

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({
    simulator: { tokensPerSecond: 100 },
    settings: `firstEventHold: 40ms\nkeepAliveEvery: 20ms\nservices: [{ upstreams: ['$VLLM'], places: 2, queue: 50 }]`,
  })
})

const sockets = new Set<Socket>()

afterEach(async () => {
  gateway.simulator.faults.clear()
  for (const socket of sockets) socket.destroy()
  sockets.clear()
  await until(() => gateway.simulator.running === 0)
})

afterAll(() => gateway.stop())

/** A client on a socket of its own, which can leave in the ways that clients do. */
async function arrive(body: object | string, length?: number): Promise<Socket> {
  const socket = await openSocket(gateway)
  socket.on('error', () => undefined)
  sockets.add(socket)
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const size = `Content-Length: ${length ?? Buffer.byteLength(text)}`
  const headers = ['Host: x', `Authorization: Bearer ${gateway.key}`, 'Content-Type: application/json', size]
  socket.write(rawRequest('POST /v1/chat/completions HTTP/1.1', headers, text))
  return socket
}

function chatRequests(): RecordedRequest[] {
  return gateway.simulator.requests.filter(({ path }) => path === '/v1/chat/completions')
}

/** Waits for the next chat request at the model. */
async function reachModel(act: () => Promise<Socket>): Promise<{ socket: Socket; asked: RecordedRequest }> {
  const { length } = chatRequests()
  const socket = await act()
  await until(() => chatRequests().length > length)
  const asked = chatRequests()[length]
  if (asked === undefined) throw new Error('Nothing reached the model.')
  return { socket, asked }
}

async function expectClosedSoon(asked: RecordedRequest, leave: () => void): Promise<void> {
  expect(asked.closedAt).toBeUndefined()
  const leftAt = Date.now()
  leave()
  await until(() => asked.closedAt !== undefined)
  expect(asked.closedBy).toBe('client')
  expect(Number(asked.closedAt) - leftAt).toBeLessThan(noticedMs)
}

function chatLines() {
  return gateway.lines.filter(({ method }) => method === 'POST')
}

/** The next line that is logged of a chat. */
async function newLine(act: () => Promise<void>) {
  const { length } = chatLines()
  await act()
  await until(() => chatLines().length > length)
  return chatLines()[length]
}

async function readUntil(socket: Socket, wanted: string): Promise<string> {
  let text = ''
  socket.on('data', (piece) => {
    text += piece
  })
  await until(() => text.includes(wanted))
  return text
}

describe('a client that leaves closes the connection to the model', () => {
  const ways = {
    'closes its connection': (socket: Socket) => socket.destroy(),
    'resets its connection': (socket: Socket) => socket.resetAndDestroy(),
    'ends its connection': (socket: Socket) => socket.end(),
  }

  describe.for(Object.entries(ways))('when it %s', ([, leave]) => {
    test.for([true, false])('before the first byte, streamed: %s', async (stream) => {
      const line = await newLine(async () => {
        const { socket, asked } = await reachModel(() => arrive(says('[[fault hang]]', { stream })))
        await expectClosedSoon(asked, () => leave(socket))
      })
      expect(line).toMatchObject({ outcome: 'abandoned', failure: 'abandoned' })
    })

    test('in the middle of a stream', async () => {
      const line = await newLine(async () => {
        const { socket, asked } = await reachModel(() => arrive(streams('[[words 500]]')))
        await readUntil(socket, 'w3')
        await expectClosedSoon(asked, () => leave(socket))
      })
      expect(line).toMatchObject({ outcome: 'abandoned', status: 200 })
    })

    test('in the middle of a whole reply', async () => {
      const line = await newLine(async () => {
        const { socket, asked } = await reachModel(() => arrive(says('[[words 500]]')))
        await until(() => gateway.simulator.running === 1)
        await expectClosedSoon(asked, () => leave(socket))
      })
      expect(line).toMatchObject({ outcome: 'abandoned', status: 499 })
    })
  })

  test('when half of a whole reply has come from the model', async () => {
    const { socket, asked } = await reachModel(() => arrive(says('[[words 20]][[fault hang-after]]')))
    await until(() => asked.status === 200)
    await expectClosedSoon(asked, () => socket.destroy())
  })

  test('when only comments have come', async () => {
    const { socket, asked } = await reachModel(() => arrive(streams('[[fault dead-engine]]')))
    await readUntil(socket, ': keep-alive')
    await expectClosedSoon(asked, () => socket.destroy())
  })

  test('when its prompt is being counted', async () => {
    gateway.simulator.faults.always('hang', '/tokenize')
    const { requests } = gateway.simulator
    const { length } = requests
    const socket = await arrive(says('word '.repeat(6000)))
    const find = () => requests.slice(length).find(({ path }) => path === '/tokenize')
    await until(() => find() !== undefined)
    const { length: asked } = chatRequests()
    const line = await newLine(async () => {
      const counted = find()
      if (counted !== undefined) await expectClosedSoon(counted, () => socket.destroy())
    })
    expect(line).toMatchObject({ outcome: 'abandoned' })
    expect(chatRequests()).toHaveLength(asked)
  })

  test('when it is the SDK that aborts', async () => {
    const controller = new AbortController()
    const { length } = chatRequests()
    const asking = ask(gateway, says('[[fault hang]]'), { signal: controller.signal }).catch(() => undefined)
    await until(() => chatRequests().length > length)
    const asked = chatRequests()[length]
    if (asked !== undefined) await expectClosedSoon(asked, () => controller.abort())
    await asking
  })
})

describe('a client that leaves never reaches the model', () => {
  test('while its body is still being sent', async () => {
    const { length } = chatRequests()
    const line = await newLine(async () => {
      const socket = await arrive('{"messages":[', 1000)
      // A later request that was answered: this one is at the door.
      await fetch(`${gateway.url}/livez`)
      socket.destroy()
    })
    expect(line).toMatchObject({ outcome: 'abandoned', status: 499, usage: undefined })
    expect(chatRequests()).toHaveLength(length)
  })

  test.for([true, false])('while it waits in the queue, streamed: %s', async (stream) => {
    const holders = [
      await reachModel(() => arrive(streams('[[fault hang]]'))),
      await reachModel(() => arrive(says('[[fault hang]]'))),
    ]
    const { length } = chatRequests()
    const socket = await arrive(says('[[say never]]', { stream }))
    await untilWaiting(1)
    if (stream) await readUntil(socket, ': keep-alive')
    const line = await newLine(async () => {
      socket.destroy()
      await untilWaiting(0)
    })
    expect(line).toMatchObject({ outcome: 'abandoned', usage: undefined, queueMs: undefined })
    for (const holder of holders) holder.socket.destroy()
    await until(() => holders.every(({ asked }) => asked.closedAt !== undefined))
    expect(await (await ask(gateway, says('[[say Hi]]'))).json()).toMatchObject({
      choices: [{ message: { content: 'Hi' } }],
    })
    expect(chatRequests()).toHaveLength(length + 1)
  })

  async function untilWaiting(wanted: number): Promise<void> {
    for (;;) {
      const health = (await (await fetch(`${gateway.url}/gemma4/health`)).json()) as { waiting: number }
      if (health.waiting === wanted) return
    }
  }
})

describe('a place', () => {
  test('is free again as soon as its client has left', async () => {
    for (let round = 0; round < 4; round++) {
      const both = [
        await reachModel(() => arrive(streams('[[fault hang]]'))),
        await reachModel(() => arrive(says('[[fault hang]]'))),
      ]
      for (const { socket } of both) socket.destroy()
    }
    const response = await ask(gateway, says('[[say Hi]]'))
    expect(response.status).toBe(200)
  })

  test('is never lost, whenever clients leave', async () => {
    const { length } = chatLines()
    const leaving = Array.from({ length: 30 }, async (_, index) => {
      const socket = await arrive(says('[[words 20]]', { stream: index % 2 === 0 }))
      // Every one at another moment, from before its request is read to after its answer.
      for (let turn = 0; turn < index * 8; turn++) await new Promise((resolve) => setImmediate(resolve))
      socket.destroy()
    })
    await Promise.all(leaving)
    const answers = await Promise.all([0, 1, 2].map(() => ask(gateway, says('[[say Hi]]'))))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    await until(() => gateway.simulator.running === 0 && gateway.simulator.waiting === 0)
    await until(() => chatLines().length >= length + 3)
    const health = await (await fetch(`${gateway.url}/gemma4/health`)).json()
    expect(health).toMatchObject({ running: 0, waiting: 0 })
    for (const line of chatLines().slice(length)) expect(['completed', 'abandoned']).toContain(line.outcome)
  })
})

describe('what an abandoned answer has cost', () => {
  test('is logged to the token that it was cut at', async () => {
    const line = await newLine(async () => {
      // An opening, reasoning and two words: three tokens, and then nothing more.
      const { socket } = await reachModel(() => arrive(streams('[[think Hm]][[words 50]][[fault hang-after 4]]')))
      await readUntil(socket, 'w2')
      socket.destroy()
    })
    expect(line).toMatchObject({ outcome: 'abandoned', usage: { completionTokens: 3, reasoningTokens: 1 } })
    expect(line?.usage?.promptTokens).toBeGreaterThan(5)
    expect(line?.firstTokenMs).toBeGreaterThan(0)
  })

  test('counts every choice', async () => {
    const line = await newLine(async () => {
      // Two openings, then a token of each choice in turn.
      const { socket } = await reachModel(() => arrive(streams('[[words 50]][[fault hang-after 7]]', { n: 2 })))
      await readUntil(socket, 'w3')
      socket.destroy()
    })
    expect(line).toMatchObject({ outcome: 'abandoned', usage: { completionTokens: 5 } })
  })

  test('is nothing before the first token', async () => {
    const line = await newLine(async () => {
      const { socket } = await reachModel(() => arrive(streams('[[fault hang]]')))
      socket.destroy()
    })
    expect(line?.usage?.completionTokens ?? 0).toBe(0)
    expect(line?.firstTokenMs).toBeUndefined()
  })
})
