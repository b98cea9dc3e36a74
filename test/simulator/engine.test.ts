import { describe, expect, test } from 'vitest'
import { replied, runSimulator, says, streamed, until } from './running-simulator.ts'

const slow = { tokensPerSecond: 20 }
const long = says('[[words 400]]')

describe('the engine', () => {
  test('runs as many requests as it has places, and lets any number wait', async () => {
    const { simulator, chat, url } = await runSimulator({ ...slow, maxNumSeqs: 2 })
    const leave = new AbortController()
    const asked = Array.from({ length: 12 }, () => chat(long, { signal: leave.signal }).catch(() => 'left'))
    await until(() => simulator.waiting === 10)
    expect(simulator.running).toBe(2)
    const metrics = await (await fetch(`${url}/metrics`)).text()
    expect(metrics).toContain('vllm:num_requests_running{engine="0",model_name="gemma-4-e2b"} 2.0\n')
    expect(metrics).toContain('vllm:num_requests_waiting{engine="0",model_name="gemma-4-e2b"} 10.0\n')
    leave.abort()
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['left']))
    await until(() => simulator.running === 0 && simulator.waiting === 0)
  })

  test('gives a place that comes free to the one that waited longest', async () => {
    const { simulator, chat } = await runSimulator({ maxNumSeqs: 1, firstTokenMs: 10 })
    const order: string[] = []
    const ask = async (name: string) => {
      await replied(chat(says(`[[say ${name}]]`)))
      order.push(name)
    }
    const asked: Promise<void>[] = []
    for (const name of ['a', 'b', 'c', 'd']) {
      asked.push(ask(name))
      await until(() => simulator.requests.length === asked.length)
    }
    await Promise.all(asked)
    expect(order).toEqual(['a', 'b', 'c', 'd'])
  })

  test.each([
    ['streamed and running', true, 1],
    ['whole and running', false, 1],
    ['streamed and waiting', true, 2],
    ['whole and waiting', false, 2],
  ])('ends a request at once when its client leaves: %s', async (_, stream, requests) => {
    const { simulator, chat } = await runSimulator({ ...slow, maxNumSeqs: 1 })
    const stay = new AbortController()
    if (requests === 2) chat({ ...long, stream: false }, { signal: stay.signal }).catch(() => undefined)
    await until(() => simulator.running === requests - 1)
    const leave = new AbortController()
    const left = chat({ ...long, stream }, { signal: leave.signal }).then(
      (response) => response.text().catch(() => 'left'),
      () => 'left',
    )
    await until(() => simulator.running + simulator.waiting === requests)
    const leftAt = Date.now()
    leave.abort()
    expect(await left).toBe('left')
    const record = simulator.requests.at(-1)
    await until(() => record?.closedAt !== undefined)
    expect(record).toMatchObject({ closedBy: 'client', finished: false })
    expect((record?.closedAt ?? 0) - leftAt).toBeLessThan(250)
    expect(simulator.running + simulator.waiting).toBe(requests - 1)
    stay.abort()
  })

  test('sends the headers of a stream at once, and its first event after the time to the first token', async () => {
    const { chat } = await runSimulator({ firstTokenMs: 400 })
    const askedAt = performance.now()
    const response = await chat(says('Hi', { stream: true }))
    const headersMs = performance.now() - askedAt
    const reader = response.body?.getReader()
    await reader?.read()
    const firstMs = performance.now() - askedAt
    await reader?.cancel()
    expect(firstMs - headersMs).toBeGreaterThan(200)
    expect(firstMs).toBeGreaterThanOrEqual(399)
  })

  test('paces tokens, one event at a time; a whole reply takes as long', async () => {
    const { chat } = await runSimulator({ tokensPerSecond: 100 })
    const startedAt = performance.now()
    const response = await chat(says('[[words 20]]', { stream: true }))
    let reads = 0
    for await (const _ of response.body ?? []) reads += 1
    const streamMs = performance.now() - startedAt
    expect(reads).toBeGreaterThan(10)
    expect(streamMs).toBeGreaterThanOrEqual(199)
    const wholeAt = performance.now()
    await replied(chat(says('[[words 20]]')))
    expect(performance.now() - wholeAt).toBeGreaterThanOrEqual(199)
  })

  test('counts tokens while they come, also of a whole reply', async () => {
    const { chat, url } = await runSimulator({ tokensPerSecond: 50 })
    const reply = replied(chat(says('[[words 30]]')))
    const counted = async () => {
      const metrics = await (await fetch(`${url}/metrics`)).text()
      return Number(/^vllm:generation_tokens_total\{.*\} (\S+)$/m.exec(metrics)?.[1])
    }
    let early = 0
    while (early === 0) early = await counted()
    const { usage } = await reply
    expect(early).toBeLessThan(usage.completion_tokens)
    expect(await counted()).toBe(usage.completion_tokens)
  })

  test('counts what it has done', async () => {
    const { chat, url } = await runSimulator()
    const { usage } = await replied(chat(says('[[words 9]]')))
    await streamed(chat(says('[[words 9]]', { stream: true, max_tokens: 2 })))
    const metrics = await (await fetch(`${url}/metrics`)).text()
    expect(metrics).toContain(
      `vllm:generation_tokens_total{engine="0",model_name="gemma-4-e2b"} ${usage.completion_tokens + 2}.0`,
    )
    expect(metrics).toContain('model_name="gemma-4-e2b",finished_reason="stop"} 1.0')
    expect(metrics).toContain('model_name="gemma-4-e2b",finished_reason="length"} 1.0')
    expect(metrics).toMatch(/vllm:e2e_request_latency_seconds_count\{[^}]*\} 2\.0/)
    expect(metrics).toMatch(/vllm:e2e_request_latency_seconds_bucket\{[^}]*le="\+Inf"\} 2\.0/)
    expect(metrics).toMatch(/^process_start_time_seconds \d+/m)
  })
})

describe('a dead engine', () => {
  test('fails what runs and what comes, and health', async () => {
    const { simulator, chat, url } = await runSimulator(slow)
    const stream = chat({ ...long, stream: true }).then((response) => response.text())
    const whole = chat(long)
    await until(() => simulator.running === 2)
    simulator.state = 'dead'
    const lost = { message: 'Internal server error', type: 'InternalServerError', param: null, code: 500 }
    expect((await stream).endsWith(`data: ${JSON.stringify({ error: lost })}\n\ndata: [DONE]\n\n`)).toBe(true)
    expect((await whole).status).toBe(500)
    const later = await chat(says('Hi', { stream: true }))
    expect(later.status).toBe(500)
    expect((await replied(Promise.resolve(later))).error.message).toMatch(/^EngineCore encountered an issue\./)
    expect((await fetch(`${url}/health`)).status).toBe(503)
  })
})
