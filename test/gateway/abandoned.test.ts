import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { ask, says, streams } from './ask.ts'
import { createSocketClients, readUntil, type SocketClients } from './socket-clients.ts'
import { until } from './until.ts'
import { untilIdle } from './until-health.ts'

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

describe('a place', () => {
  test('is free again as soon as its client has left', async () => {
    for (let round = 0; round < 4; round++) {
      const both = [
        await clients.reachModel(streams('[[fault hang]]')),
        await clients.reachModel(says('[[fault hang]]')),
      ]
      for (const { socket } of both) socket.destroy()
    }
    const response = await ask(gateway, says('[[say Hi]]'))
    expect(response.status).toBe(200)
  })

  test('is never lost, whenever clients leave', async () => {
    const { length } = clients.chatLines()
    const leaving = Array.from({ length: 30 }, async (_, index) => {
      const socket = await clients.arrive(says('[[words 20]]', { stream: index % 2 === 0 }))
      // Every one at another moment, from before its request is read to after its answer.
      for (let turn = 0; turn < index * 8; turn++) await new Promise((resolve) => setImmediate(resolve))
      socket.destroy()
    })
    await Promise.all(leaving)
    const answers = await Promise.all([0, 1, 2].map(() => ask(gateway, says('[[say Hi]]'))))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    await untilIdle(gateway, 'gemma4')
    await until(() => clients.chatLines().length >= length + 3)
    for (const line of clients.chatLines().slice(length)) expect(['completed', 'abandoned']).toContain(line.outcome)
  })
})

describe('what an abandoned answer has cost', () => {
  test('is logged to the token that it was cut at', async () => {
    const line = await clients.newLine(async () => {
      // An opening, reasoning and two words: three tokens, and then nothing more.
      const { socket } = await clients.reachModel(streams('[[think Hm]][[words 50]][[fault hang-after 4]]'))
      await readUntil(socket, 'w2')
      socket.destroy()
    })
    expect(line).toMatchObject({ outcome: 'abandoned', usage: { completionTokens: 3, reasoningTokens: 1 } })
    expect(line?.usage?.promptTokens).toBeGreaterThan(5)
    expect(line?.firstTokenMs).toBeGreaterThan(0)
  })

  test('counts every choice', async () => {
    const line = await clients.newLine(async () => {
      // Two openings, then a token of each choice in turn.
      const { socket } = await clients.reachModel(streams('[[words 50]][[fault hang-after 7]]', { n: 2 }))
      await readUntil(socket, 'w3')
      socket.destroy()
    })
    expect(line).toMatchObject({ outcome: 'abandoned', usage: { completionTokens: 5 } })
  })

  test('is nothing before the first token', async () => {
    const line = await clients.newLine(async () => {
      const { socket } = await clients.reachModel(streams('[[fault hang]]'))
      socket.destroy()
    })
    expect(line?.usage?.completionTokens ?? 0).toBe(0)
    expect(line?.firstTokenMs).toBeUndefined()
  })
})
