import { describe, expect, test } from 'vitest'
import type { Fault } from '../../src/simulator/faults/fault.ts'
import { dechunk, eventsOf, type Reply, rawChat, runSimulator, says, until } from './running-simulator.ts'

const stream = { stream: true }
const ask = says('[[say a b c d]]', stream)
const askWhole = says('[[say a b c d]]')

describe('a fault in a stream', () => {
  const faulty = async (fault: Fault, body: object = ask): Promise<string> => {
    const { simulator, chat } = await runSimulator()
    simulator.faults.next(fault)
    return (await chat(body)).text()
  }

  test.each([0, 3])('hang-after sends %i events and then nothing, and keeps its place', async (count) => {
    const { simulator, chat } = await runSimulator()
    simulator.faults.next(`hang-after ${count}`)
    const leave = new AbortController()
    const response = await chat(ask, { signal: leave.signal })
    const reader = response.body?.getReader()
    let text = ''
    while (text.split('\n\n').length <= count) text += Buffer.from((await reader?.read())?.value ?? []).toString()
    expect(eventsOf(text)).toHaveLength(count)
    expect(simulator.running).toBe(1)
    leave.abort()
    await until(() => simulator.running === 0)
    expect(simulator.requests[0]).toMatchObject({ closedBy: 'client', finished: false })
  })

  test.each([0, 1, 57, 400])('reset-after sends %i bytes of the body and resets the connection', async (count) => {
    const { simulator, port } = await runSimulator()
    const whole = dechunk((await rawChat(port, { ...ask, request_id: 'same' })).text)
    simulator.faults.next(`reset-after ${count}`)
    const { text, error } = await rawChat(port, { ...ask, request_id: 'same' })
    expect(error).toBe('ECONNRESET')
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    const anonymous = (body: string) => body.replaceAll(/"created":\d+/g, '')
    expect(anonymous(dechunk(text))).toBe(anonymous(whole.slice(0, count)))
    await until(() => simulator.requests[1]?.closedBy === 'server')
  })

  test.each([0, 2])('error-in-stream after %i events tells an error and says [DONE], in a 200', async (count) => {
    const events = eventsOf(await faulty(`error-in-stream ${count}`))
    expect(events).toHaveLength(count + 2)
    const error = { message: 'Internal server error', type: 'InternalServerError', param: null, code: 500 }
    expect(events.slice(count)).toEqual([{ error }, '[DONE]'])
  })

  test('no-done is complete but for [DONE]', async () => {
    const events = eventsOf(
      await faulty('no-done', says('[[say a]]', { ...stream, stream_options: { include_usage: true } })),
    )
    expect(events.at(-2).choices[0].finish_reason).toBe('stop')
    expect(events.at(-1).usage.completion_tokens).toBe(2)
  })

  test('cut ends cleanly without a finish', async () => {
    const { simulator, port } = await runSimulator()
    simulator.faults.next('cut 3')
    const { text, error } = await rawChat(port, ask)
    expect(error).toBeUndefined()
    expect(text.endsWith('\r\n0\r\n\r\n')).toBe(true)
    const events = eventsOf(dechunk(text))
    expect(events.map((event: Reply) => event.choices[0].finish_reason)).toEqual([null, null, null])
    await until(() => simulator.requests[0]?.closedAt !== undefined)
    expect(simulator.requests[0]).toMatchObject({ closedBy: 'server', finished: false })
  })

  test('drip sends one byte at a time', async () => {
    const { simulator, port } = await runSimulator()
    simulator.faults.next('drip')
    const { text } = await rawChat(port, ask)
    const sizes = [...text.slice(text.indexOf('\r\n\r\n')).matchAll(/\r\n([0-9a-f]+)\r\n/g)].map(([, size]) => size)
    expect(new Set(sizes.slice(0, -1))).toEqual(new Set(['1']))
    expect(sizes.length).toBeGreaterThan(500)
  })

  test('bad-chunk puts one undecodable event into a stream that is else complete', async () => {
    const events = (await faulty('bad-chunk')).split('\n\n')
    const broken = events.filter((event) => /^data: \{/.test(event) && !event.endsWith('}'))
    expect(broken).toEqual([events[1]])
    expect(events.at(-2)).toBe('data: [DONE]')
  })

  test('crlf ends every line in CR LF', async () => {
    const text = await faulty('crlf')
    expect(text.replaceAll('\r\n', '')).not.toContain('\n')
    expect(eventsOf(text.replaceAll('\r\n', '\n')).at(-1)).toBe('[DONE]')
  })

  test('comments come before every event', async () => {
    const text = await faulty('comments')
    expect(text.match(/^: simulated comment$/gm)).toHaveLength(eventsOf(text).length)
  })

  test('slow-first delays the first event alone', async () => {
    const { simulator, chat } = await runSimulator()
    simulator.faults.next('slow-first 400')
    const askedAt = performance.now()
    const response = await chat(ask)
    const headersAt = performance.now()
    await response.text()
    expect(performance.now() - headersAt).toBeGreaterThan(200)
    expect(performance.now() - askedAt).toBeGreaterThanOrEqual(399)
  })

  test('dead-engine runs and never gets a token, while health is 200', async () => {
    const { simulator, chat, url } = await runSimulator()
    simulator.faults.always('dead-engine')
    const leave = new AbortController()
    const response = await chat(ask, { signal: leave.signal })
    expect(response.status).toBe(200)
    chat(askWhole, { signal: leave.signal }).catch(() => undefined)
    await until(() => simulator.running === 2)
    expect((await fetch(`${url}/health`)).status).toBe(200)
    leave.abort()
    await until(() => simulator.running === 0)
  })

  test('several may come together', async () => {
    const { simulator, port } = await runSimulator()
    simulator.faults.next(['drip', 'crlf', 'cut 1'])
    const { text } = await rawChat(port, ask)
    const body = dechunk(text)
    expect(body.endsWith('}\r\n\r\n')).toBe(true)
    expect(body.match(/data: /g)).toHaveLength(1)
  })
})
