import type { Socket } from 'node:net'
import OpenAI, { APIError } from 'openai'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { ask, errorOf, functionTool, streams } from './ask.ts'
import { openSocket, rawRequest } from './raw-exchange.ts'
import { type Frames, finishesOf, framesOf, readFrames, textOf } from './read-frames.ts'
import { until } from './until.ts'

/** Holds the status for as long as nobody waits; a stream that is silent for 400 ms has failed. */
let patient: TestGateway
/** Opens a silent stream after 50 ms, and says something every 30 ms. */
let hasty: TestGateway
/** Its model makes 200 tokens a second. */
let steady: TestGateway

beforeAll(async () => {
  const timeouts = '{ firstEvent: 2s, idle: 400ms, total: 10s }'
  const services = `services: [{ upstreams: ['$VLLM'], maxTokens: 200000, timeouts: ${timeouts} }]`
  const simulator = { maxModelLen: 200_000 }
  patient = await startTestGateway({ simulator, settings: `keepAliveEvery: 30ms\n${services}` })
  hasty = await startTestGateway({ simulator, settings: `firstEventHold: 50ms\nkeepAliveEvery: 30ms\n${services}` })
  steady = await startTestGateway({ simulator: { tokensPerSecond: 200 }, settings: 'keepAliveEvery: 250ms' })
})

afterEach(() => {
  patient.simulator.faults.clear()
  hasty.simulator.faults.clear()
})

afterAll(() => Promise.all([patient.stop(), hasty.stop(), steady.stop()]))

/** Reads a stream as OpenAI's SDK does. */
async function readBySdk(gateway: TestGateway, content: string): Promise<string> {
  const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 })
  const messages = [{ role: 'user' as const, content }]
  const stream = await client.chat.completions.create({ model: 'gemma4', messages, stream: true })
  let text = ''
  for await (const { choices } of stream) text += choices[0]?.delta.content ?? ''
  return text
}

function expectFailed({ chunks, done }: Frames, code: string): void {
  const last = chunks.at(-1)
  expect(last?.error).toMatchObject({ message: expect.any(String), type: 'server_error', param: null, code })
  expect(last?.choices).toBeUndefined()
  expect(done).toBe(true)
  expect(finishesOf({ chunks, comments: 0, done })).toEqual([])
}

describe('the status', () => {
  test('is held until the first event, so that nothing is silent before it', async () => {
    const response = await ask(patient, streams('[[say Hi]][[fault slow-first 200]]'))
    const { comments, chunks } = await framesOf(response)
    expect(response.status).toBe(200)
    expect(comments).toBe(0)
    expect(chunks[0]?.choices?.[0]?.delta).toMatchObject({ role: 'assistant', content: '' })
  })

  test('is the failure, where there is one before the first event', async () => {
    const response = await ask(patient, streams('Hi[[fault error-in-stream 0]]'))
    expect(response.status).toBe(502)
    expect(response.headers.get('content-type')).toMatch(/^application\/json/)
    expect(await errorOf(response)).toMatchObject({ code: 'upstream_failed' })
  })

  test('is sent with the headers of a stream once the hold is over, and comments keep it open', async () => {
    const response = await ask(hasty, streams('[[say Hi]][[fault slow-first 400]]'))
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(response.headers.get('cache-control')).toBe('no-cache')
    expect(response.headers.get('x-accel-buffering')).toBe('no')
    expect(response.headers.get('x-request-id')).toMatch(/^req_/)
    expect(response.headers.get('x-gateway-max-tokens')).toBe('1024')
    const text = await response.text()
    expect(text).toMatch(/^(: keep-alive\n\n){3,13}data: /)
    expect(textOf(readFrames(text))).toBe('Hi')
  })

  test('that was sent early is followed by the failure as an error chunk, on which the SDK raises', async () => {
    const slowly = 'Hi[[fault slow-first 200]][[fault error-in-stream 0]]'
    expectFailed(await framesOf(ask(hasty, streams('[[fault hang]]'))), 'timeout')
    const frames = await framesOf(ask(hasty, streams(slowly)))
    expectFailed(frames, 'upstream_failed')
    expect(frames.chunks).toHaveLength(1)
    await expect(readBySdk(hasty, slowly)).rejects.toThrow(APIError)
  })
})

describe('silence', () => {
  test('in the middle of a stream is broken by comments, and after the idle limit by an error chunk', async () => {
    const frames = await framesOf(ask(patient, streams('[[words 9]][[fault hang-after 4]]')))
    expect(frames.comments).toBeGreaterThanOrEqual(3)
    expect(textOf(frames)).toBe('w1 w2 w3')
    expectFailed(frames, 'timeout')
    await until(() => patient.simulator.requests.at(-1)?.closedBy === 'client')
  })

  test('never breaks into a stream that flows', async () => {
    const startedAt = performance.now()
    const { comments } = await framesOf(ask(steady, streams('[[words 100]]')))
    expect(performance.now() - startedAt).toBeGreaterThan(400)
    expect(comments).toBe(0)
  })
})

describe('a failure after the start', () => {
  test.for([
    ['cut 4', 'upstream_failed'],
    ['reset-after 2500', 'upstream_failed'],
    ['error-in-stream 4', 'upstream_failed'],
    ['abort', 'upstream_failed'],
    ['repetition', 'upstream_failed'],
    ['huge-event', 'upstream_failed'],
  ] as const)('(%s) is an error chunk and [DONE], and the SDK raises', async ([fault, code]) => {
    const content = `[[words 20]][[fault ${fault}]]`
    const frames = await framesOf(ask(steady, streams(content)))
    expectFailed(frames, code)
    expect(textOf(frames)).toMatch(/^w1 w2/)
    const text = JSON.stringify(frames.chunks.at(-1))
    expect(text).not.toMatch(/Internal server error|InternalServerError|vLLM/)
    await expect(readBySdk(steady, content)).rejects.toThrow(APIError)
  })

  test('at every byte of the answer is told, or the answer was whole', async () => {
    const whole = await framesOf(ask(patient, streams('[[words 3]]')))
    for (let cut = 1; cut < 2400; cut += 97) {
      const response = await ask(patient, streams(`[[words 3]][[fault reset-after ${cut}]]`))
      if (response.status === 502) continue
      const frames = await framesOf(response)
      const failed = frames.chunks.at(-1)?.error !== undefined
      expect(frames.done).toBe(true)
      expect(finishesOf(frames)).toEqual(failed ? [] : ['stop'])
      if (!failed) expect(textOf(frames)).toBe(textOf(whole))
    }
  })
})

describe('usage', () => {
  const content = '[[think a]][[words 5]]'

  test('comes exactly once, in a last chunk without choices, where it was asked for', async () => {
    const asked = streams(content, { stream_options: { include_usage: true } })
    const { chunks, done } = await framesOf(ask(patient, asked))
    const counted = chunks.filter(({ usage }) => usage)
    expect(counted).toEqual([chunks.at(-1)])
    expect(counted[0]).toMatchObject({ choices: [], usage: { completion_tokens: 7 } })
    expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true)
    expect(done).toBe(true)
  })

  test.for([{}, { stream_options: null }, { stream_options: { include_usage: false } }])(
    'comes never with %j',
    async (fields) => {
      const { chunks } = await framesOf(ask(patient, streams(content, fields)))
      expect(chunks.every((chunk) => !('usage' in chunk))).toBe(true)
      expect(chunks.every(({ choices }) => choices?.length === 1)).toBe(true)
    },
  )

  test('counts all choices', async () => {
    const whole = await (await ask(patient, streams('Hi', { n: 3, stream: false }))).json()
    const asked = streams('Hi', { n: 3, stream_options: { include_usage: true } })
    const { chunks } = await framesOf(ask(patient, asked))
    expect(chunks.at(-1)?.usage).toEqual(Reflect.get(Object(whole), 'usage'))
  })
})

describe("vLLM's quirks are made right", () => {
  const plain = streams('[[think Hm]][[words 40]]')

  test.for(['no-done', 'drip', 'crlf', 'comments', 'bad-chunk'] as const)('(%s)', async (fault) => {
    const expected = await framesOf(ask(patient, plain))
    patient.simulator.faults.next(fault)
    const frames = await framesOf(ask(patient, plain))
    expect(frames.done).toBe(true)
    expect(textOf(frames)).toBe(textOf(expected))
    expect(finishesOf(frames)).toEqual(['stop'])
    expect(frames.chunks).toHaveLength(expected.chunks.length)
  })

  test('(text beyond ASCII, one byte at a time)', async () => {
    const said = 'naïve 日本語 🙂🙃 end'
    patient.simulator.faults.next('drip')
    expect(textOf(await framesOf(ask(patient, streams(`[[say ${said}]]`))))).toBe(said)
  })

  test('(a delta that holds everything): reasoning, then text, then calls with an index and arguments', async () => {
    const content = '[[merge]][[think Hm]][[say Well]][[call f {"a": 1}]][[call g {"b": 2}]]'
    const asked = streams(content, { tools: [functionTool('f'), functionTool('g')] })
    const { chunks } = await framesOf(ask(patient, asked))
    const deltas = chunks.map(({ choices }) => choices?.[0]?.delta)
    const kinds = deltas.map((delta) => Object.keys(delta ?? {}).at(-1) ?? 'none')
    expect(kinds).toEqual(['refusal', 'reasoning_content', 'content', ...Array(4).fill('tool_calls'), 'none'])
    expect(deltas.flatMap((delta) => delta?.tool_calls ?? [])).toMatchObject([
      { index: 0, id: expect.any(String), type: 'function', function: { name: 'f', arguments: '' } },
      { index: 0, function: { arguments: '{"a": 1}' } },
      { index: 1, id: expect.any(String), type: 'function', function: { name: 'g', arguments: '' } },
      { index: 1, function: { arguments: '{"b": 2}' } },
    ])
    expect(finishesOf({ chunks, comments: 0, done: true })).toEqual(['tool_calls'])
  })

  test('(a first tool delta without arguments): every tool delta has an index and arguments, and names come once', async () => {
    const asked = streams('[[call f {"city": "Paris", "days": 3}]]', { tools: [functionTool('f')] })
    const { chunks } = await framesOf(ask(patient, asked))
    const calls = chunks.flatMap(({ choices }) => choices?.[0]?.delta.tool_calls ?? [])
    expect(calls.length).toBeGreaterThan(2)
    for (const call of calls) expect(call).toMatchObject({ index: 0, function: { arguments: expect.any(String) } })
    const [first, ...later] = calls
    expect(first).toMatchObject({ id: expect.any(String), function: { name: 'f', arguments: '' } })
    for (const call of later) expect(Object.keys(call)).toEqual(['index', 'function'])
    expect(later.map((call) => call.function.arguments).join('')).toBe('{"city": "Paris", "days": 3}')
  })

  test.for([true, false])('(a tool call that was cut): it ends with length, streamed: %s', async (stream) => {
    const content = '[[call f {"city": "Paris"}]][[fault truncated-tool-call]]'
    const response = await ask(patient, streams(content, { stream, tools: [functionTool('f')] }))
    const text = await response.text()
    expect(text).toContain('"finish_reason":"length"')
    expect(text).not.toContain('"finish_reason":"tool_calls"')
  })

  test('(nulls and fields of its own): clients get only fields that OpenAI has, and reasoning', async () => {
    const { chunks } = await framesOf(ask(patient, plain))
    const names = ['id', 'object', 'created', 'model', 'choices']
    for (const chunk of chunks) {
      expect(Object.keys(chunk)).toEqual(names)
      expect(chunk.id).toMatch(/^chatcmpl-req_/)
      const [choice] = chunk.choices ?? []
      expect(Object.keys(choice ?? {})).toEqual(['index', 'delta', 'logprobs', 'finish_reason'])
    }
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1)
  })

  test('(thinking that never closes): all of it stays reasoning, and the content is empty', async () => {
    const frames = await framesOf(ask(patient, streams('[[think a b]][[say c]][[fault unclosed-thinking]]')))
    expect(textOf(frames)).toBe('')
    const reasoning = frames.chunks.map(({ choices }) => choices?.[0]?.delta.reasoning_content ?? '').join('')
    expect(reasoning).toBe('a bc')
    expect(finishesOf(frames)).toEqual(['stop'])
  })
})

describe('frames', () => {
  async function sendChat(gateway: TestGateway, body: object): Promise<Socket> {
    const socket = await openSocket(gateway)
    const json = JSON.stringify(body)
    const type = 'Content-Type: application/json'
    const headers = ['Host: x', type, `X-Api-Key: ${gateway.key}`, `Content-Length: ${Buffer.byteLength(json)}`]
    socket.write(rawRequest('POST /v1/chat/completions HTTP/1.1', headers, json))
    return socket
  }

  /** The pieces that a response was written in, as chunked encoding shows them. */
  async function readPieces(socket: Socket): Promise<string[]> {
    let text = ''
    for await (const piece of socket.setEncoding('latin1')) text += piece
    return dechunk(text.slice(text.indexOf('\r\n\r\n') + 4))
  }

  async function piecesOf(gateway: TestGateway, body: object): Promise<string[]> {
    return readPieces(await sendChat(gateway, body))
  }

  function dechunk(text: string): string[] {
    const pieces: string[] = []
    for (let at = 0; ; ) {
      const lineEnd = text.indexOf('\r\n', at)
      const size = Number.parseInt(text.slice(at, lineEnd), 16)
      if (!(size > 0)) return pieces
      pieces.push(text.slice(lineEnd + 2, lineEnd + 2 + size))
      at = lineEnd + 2 + size + 2
    }
  }

  test('that arrive together leave together', async () => {
    // The look-alike writes 64 events at once.
    const pieces = await piecesOf(patient, streams('[[words 640]]'))
    const frames = readFrames(pieces.join(''))
    expect(frames.chunks.length).toBeGreaterThan(640)
    expect(pieces.length).toBeLessThan(40)
    for (const piece of pieces) expect(piece).toMatch(/^data: .*\n\n$/s)
  })

  test('that arrive one by one leave one by one', async () => {
    const pieces = await piecesOf(steady, streams('[[words 20]]'))
    expect(pieces.length).toBeGreaterThan(10)
  })

  test('wait at the model for a reader that does not read, and all come when it does', async () => {
    const words = 60_000
    const body = streams(`[[words ${words}]]`, { max_tokens: 190_000 })
    const { requests } = patient.simulator
    const before = requests.length
    const socket = await sendChat(patient, body)
    const find = () => requests.slice(before).find(({ path }) => path === '/v1/chat/completions')
    await until(() => find()?.status === 200)
    const asked = find()
    // The reader takes nothing for as long as the whole answer takes when somebody reads it.
    await framesOf(ask(patient, body))
    expect(asked).toMatchObject({ finished: false, closedAt: undefined })
    const read = readFrames((await readPieces(socket)).join(''))
    expect(finishesOf(read)).toEqual(['stop'])
    expect(textOf(read)).toMatch(new RegExp(`w${words}$`))
    await until(() => asked?.finished === true)
  })
})
