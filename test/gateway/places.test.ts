import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { ask, errorOf, says, streams } from './ask.ts'
import { readFrames, textOf } from './read-frames.ts'
import { until } from './until.ts'
import { untilHealth, untilIdle } from './until-health.ts'
import { lineOf, upstreamRequests } from './upstream-requests.ts'

const places = 2
const queue = 3

let gateway: TestGateway
let holders: AbortController[] = []

beforeAll(async () => {
  const timeouts = '{ firstEvent: 5s, idle: 5s, total: 5s }'
  gateway = await startTestGateway({
    settings: `firstEventHold: 40ms
keepAliveEvery: 20ms
services:
  - { name: gemma4, upstreams: ['$VLLM'], places: ${places}, queue: ${queue}, timeouts: ${timeouts} }
  - { name: other, upstreams: ['$VLLM'], places: 1, queue: 0, timeouts: { total: 100ms } }
`,
  })
})

afterEach(async () => {
  for (const holder of holders) holder.abort()
  holders = []
  await untilIdle(gateway, 'gemma4')
})

afterAll(() => gateway.stop())

/** Takes a place until it is given back. */
async function hold(service = 'gemma4'): Promise<AbortController> {
  const { running } = gateway.simulator
  const controller = new AbortController()
  holders.push(controller)
  const body = streams('[[fault dead-engine]]')
  ask(gateway, body, { path: `/${service}/chat/completions`, signal: controller.signal })
    .then((response) => response.text())
    .catch(() => undefined)
  await until(() => gateway.simulator.running === running + 1)
  return controller
}

async function holdAll(): Promise<AbortController> {
  const first = await hold()
  for (let held = 1; held < places; held++) await hold()
  return first
}

describe('places', () => {
  test('let so many requests run at once, and the rest wait', async () => {
    await holdAll()
    const waiting = [1, 2, 3].map((index) => ask(gateway, says(`[[say ${index}]]`)))
    await untilHealth(gateway, 'gemma4', { running: places, waiting: 3 })
    await until(() => gateway.simulator.running === places)
    expect(gateway.simulator.waiting).toBe(0)
    holders[0]?.abort()
    const responses = await Promise.all(waiting)
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200])
  })

  test('are given in the order of arrival, streams and whole replies alike', async () => {
    const first = await holdAll()
    const { length } = gateway.simulator.requests
    const waiting: Promise<string>[] = []
    for (let index = 0; index < queue; index++) {
      waiting.push(
        ask(gateway, says(`[[say ${index}]]`, { stream: index % 2 === 1 })).then((response) => response.text()),
      )
      await untilHealth(gateway, 'gemma4', { running: places, waiting: index + 1 })
    }
    first.abort()
    await Promise.all(waiting)
    const asked = gateway.simulator.requests.slice(length).map(({ body }) => JSON.stringify(body))
    const order = asked.map((body) => /\[\[say (\d)/.exec(body)?.[1]).filter(Boolean)
    expect(order).toEqual(['0', '1', '2'])
  })

  test('are never more than there are, however many come at once', async () => {
    let most = 0
    const watching = setInterval(() => {
      most = Math.max(most, gateway.simulator.running)
    }, 1)
    const many = Array.from({ length: 40 }, () => ask(gateway, says('[[say Hi]][[fault slow-first 5]]')))
    const statuses = (await Promise.all(many)).map(({ status }) => status)
    clearInterval(watching)
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(places)
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(places + queue)
    expect(new Set(statuses)).toEqual(new Set([200, 503]))
  })

  test('are given back by requests that fail', async () => {
    for (const fault of [
      'status 500',
      'reset',
      'garbage',
      'cut 1',
      'reset-after 500',
      'error-in-stream 2',
      'status 400',
    ]) {
      for (const stream of [true, false]) {
        const response = await ask(gateway, says(`[[words 9]][[fault ${fault}]]`, { stream }))
        await response.text()
      }
    }
    const refused = await ask(gateway, says('Hi', { temperature: 5 }))
    expect(refused.status).toBe(422)
    await untilHealth(gateway, 'gemma4', { running: 0, waiting: 0 })
    expect((await ask(gateway, says('Hi'))).status).toBe(200)
  })

  test('are given back by requests that took too long', async () => {
    const path = '/other/chat/completions'
    for (let round = 0; round < 2; round++) {
      const response = await ask(gateway, says('[[fault hang]]'), { path })
      expect(response.status).toBe(504)
    }
    expect((await ask(gateway, says('Hi'), { path })).status).toBe(200)
  })

  test('of one service are not those of another', async () => {
    await holdAll()
    const response = await ask(gateway, says('[[say Hi]]'), { path: '/other/chat/completions' })
    expect(response.status).toBe(200)
  })
})

describe('the queue', () => {
  test.for([true, false])('that is full refuses with 503 and Retry-After, streamed: %s', async (stream) => {
    await holdAll()
    const waiting = Array.from({ length: queue }, () => ask(gateway, says('[[say late]]')))
    await untilHealth(gateway, 'gemma4', { running: places, waiting: queue })
    const response = await ask(gateway, says('[[say never]]', { stream }))
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toMatch(/^[1-9]\d?$/)
    expect(response.headers.get('content-type')).toMatch(/^application\/json/)
    expect(await errorOf(response)).toMatchObject({ type: 'server_error', code: 'server_overloaded', param: null })
    const requestId = response.headers.get('x-request-id')
    expect(upstreamRequests(gateway, requestId)).toEqual([])
    expect(await lineOf(gateway, requestId)).toMatchObject({ outcome: 'failed', failure: 'overloaded', status: 503 })
    for (const holder of holders) holder.abort()
    for (const response of await Promise.all(waiting)) expect(response.status).toBe(200)
  })

  test('of nobody refuses at once what does not run at once', async () => {
    await hold('other')
    const response = await ask(gateway, says('Hi'), { path: '/other/chat/completions' })
    expect(response.status).toBe(503)
  })

  test('keeps a waiting stream open with comments, and then it is answered', async () => {
    const first = await holdAll()
    const waiting = await ask(gateway, streams('[[say at last]]'))
    expect(waiting.headers.get('content-type')).toMatch(/^text\/event-stream/)
    let text = ''
    for await (const piece of waiting.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += piece
      // Open for a while now: it goes on once a place is given back.
      if (text.split(': keep-alive').length > 3) first.abort()
    }
    const frames = readFrames(text)
    expect(frames.comments).toBeGreaterThanOrEqual(3)
    expect(textOf(frames)).toBe('at last')
    expect(frames.done).toBe(true)
  })

  test('is what the time before a place is logged as', async () => {
    const first = await holdAll()
    const asking = ask(gateway, says('[[say Hi]]'))
    await untilHealth(gateway, 'gemma4', { running: places, waiting: 1 })
    const waitedFrom = performance.now()
    await until(() => performance.now() - waitedFrom > 60)
    first.abort()
    const response = await asking
    const line = await lineOf(gateway, response.headers.get('x-request-id'))
    expect(line.queueMs).toBeGreaterThan(50)
    expect(line.totalMs).toBeGreaterThanOrEqual(Number(line.queueMs))
    const free = await ask(gateway, says('[[say Hi]]'))
    const second = await lineOf(gateway, free.headers.get('x-request-id'))
    expect(second.queueMs).toBeLessThan(50)
  })
})
