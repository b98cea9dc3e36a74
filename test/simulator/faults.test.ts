import { describe, expect, test } from 'vitest'
import { type Reply, rawChat, replied, runSimulator, says, streamed, tool, until } from './running-simulator.ts'

const stream = { stream: true }
const ask = says('[[say a b c d]]', stream)
const askWhole = says('[[say a b c d]]')

describe('a fault before headers', () => {
  test.each([ask, askWhole])('hang never answers, and is over when the client leaves', async (body) => {
    const { simulator, chat } = await runSimulator()
    simulator.faults.next('hang')
    const leave = new AbortController()
    const left = chat(body, { signal: leave.signal }).catch(() => 'left')
    await until(() => simulator.requests.length === 1)
    expect(simulator.requests[0]).toMatchObject({ status: undefined, closedAt: undefined })
    leave.abort()
    expect(await left).toBe('left')
    await until(() => simulator.requests[0]?.closedBy === 'client')
  })

  test('reset breaks the connection without a byte', async () => {
    const { simulator, port } = await runSimulator()
    simulator.faults.next('reset')
    expect(await rawChat(port, ask)).toEqual({ text: '', error: 'ECONNRESET' })
    await until(() => simulator.requests[0]?.closedBy === 'server')
    expect(simulator.requests[0]?.finished).toBe(false)
  })

  test.each([
    ['status 500', 500, 'EngineCore encountered an issue. See stack trace (above) for the root cause.'],
    ['engine-dead', 500, 'EngineCore encountered an issue. See stack trace (above) for the root cause.'],
    ['status 503', 503, 'Service Unavailable'],
    ['status 429', 429, 'Too Many Requests'],
    ['status 400', 400, 'This request was refused on request.'],
  ] as const)('%s answers with that status, streamed or not', async (fault, status, message) => {
    const { simulator, chat } = await runSimulator()
    simulator.faults.always(fault)
    for (const body of [ask, askWhole]) {
      const response = await chat(body)
      expect(response.status).toBe(status)
      expect((await replied(Promise.resolve(response))).error).toMatchObject({ message, code: status })
    }
  })

  test('garbage is a 200 with a page', async () => {
    const { simulator, chat } = await runSimulator()
    simulator.faults.next('garbage')
    const response = await chat(ask)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    expect(await response.text()).toMatch(/^<!doctype html>/)
  })
})

describe('a fault of the model', () => {
  test('unclosed-thinking puts everything into the reasoning', async () => {
    const { simulator, chat } = await runSimulator()
    simulator.faults.always('unclosed-thinking')
    const { choices } = await replied(chat(says('[[think a]][[say b]]')))
    expect(choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: null, reasoning: 'ab' } })
  })

  test('truncated-tool-call ends in the middle of the arguments and still says tool_calls', async () => {
    const { simulator, chat } = await runSimulator()
    simulator.faults.always('truncated-tool-call')
    const body = says('[[call f {"city":"Paris"}]]', { tools: [tool('f')] })
    const { choices } = await replied(chat(body))
    expect(choices[0].finish_reason).toBe('tool_calls')
    expect(choices[0].message.tool_calls[0].function.arguments).toBe('{"city":')
    const events = await streamed(chat({ ...body, ...stream }))
    expect(events.at(-2).choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      delta: { tool_calls: [{ index: 0 }] },
    })
  })

  test.each(['abort', 'repetition'] as const)('%s ends half an answer with that reason', async (fault) => {
    const { simulator, chat } = await runSimulator()
    simulator.faults.always(fault)
    const { choices } = await replied(chat(askWhole))
    expect(choices[0]).toMatchObject({ finish_reason: fault, stop_reason: null, message: { content: 'a b' } })
    expect((await streamed(chat(ask))).at(-2).choices[0].finish_reason).toBe(fault)
    expect((await streamed(chat(says('[[say ]]', stream)))).at(-2).choices[0].finish_reason).toBe(fault)
  })

  test('huge-event has its length in one event, and in the content of a whole reply', async () => {
    const { simulator, chat } = await runSimulator()
    simulator.faults.always('huge-event 300000')
    const lengths = (await streamed(chat(ask))).map((event: Reply) => event.choices?.[0].delta.content?.length ?? 0)
    expect(Math.max(...lengths)).toBe(300_000)
    expect((await replied(chat(askWhole))).choices[0].message.content).toHaveLength(300_007)
  })
})

describe('a fault in a whole reply', () => {
  test.each(['cut', 'hang-after', 'reset-after 20'] as const)('%s gives less than was announced', async (fault) => {
    const { simulator, port } = await runSimulator()
    simulator.faults.next(fault)
    const answer = rawChat(port, askWhole)
    if (fault === 'hang-after') {
      await until(() => simulator.requests[0]?.status === 200)
      expect(simulator.running).toBe(1)
      return
    }
    const { text, error } = await answer
    const body = text.slice(text.indexOf('\r\n\r\n') + 4)
    expect(Number(/content-length: (\d+)/.exec(text)?.[1])).toBeGreaterThan(body.length)
    expect(error).toBe(fault === 'cut' ? undefined : 'ECONNRESET')
    await until(() => simulator.requests[0]?.closedBy === 'server')
    expect(simulator.requests[0]?.finished).toBe(false)
  })

  test('error-in-stream is a 500, bad-chunk is not JSON, drip is whole', async () => {
    const { simulator, chat } = await runSimulator()
    simulator.faults.next('error-in-stream')
    expect((await chat(askWhole)).status).toBe(500)
    simulator.faults.next('bad-chunk')
    await expect((await chat(askWhole)).json()).rejects.toThrow(SyntaxError)
    simulator.faults.next('drip')
    expect((await replied(chat(askWhole))).choices[0].message.content).toBe('a b c d')
  })
})
