import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { ask, functionTool, says, streams } from './ask.ts'
import { until } from './until.ts'
import { lineOf } from './upstream-requests.ts'

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({
    simulator: { tokensPerSecond: 2000 },
    settings: `services: [{ upstreams: ['$VLLM'], timeouts: { firstEvent: 200ms, idle: 200ms, total: 400ms } }]`,
  })
})

afterAll(() => gateway.stop())

/** The line of a request whose response was read to its end. */
async function lineAfter(asking: Promise<Response>) {
  const response = await asking
  await response.text()
  return lineOf(gateway, response.headers.get('x-request-id'))
}

describe('the line of a request', () => {
  test.for([true, false])('that was completed says who asked what and what it cost, streamed: %s', async (stream) => {
    const asked = says('[[think Hm]][[words 20]]', { stream, max_tokens: 100 })
    const line = await lineAfter(ask(gateway, asked, { headers: { 'x-request-id': 'mine-1' } }))
    expect(line).toEqual({
      requestId: expect.stringMatching(/^req_/),
      clientRequestId: 'mine-1',
      key: expect.any(String),
      service: 'gemma4',
      dialect: 'openai-chat',
      method: 'POST',
      route: '/v1/chat/completions',
      status: 200,
      outcome: 'completed',
      failure: undefined,
      cause: undefined,
      usage: { promptTokens: expect.any(Number), cachedTokens: 0, completionTokens: 22, reasoningTokens: 1 },
      maxTokens: 100,
      queueMs: expect.any(Number),
      firstTokenMs: expect.any(Number),
      totalMs: expect.any(Number),
    })
    expect(line.queueMs).toBeLessThanOrEqual(Number(line.firstTokenMs))
    expect(line.firstTokenMs).toBeLessThanOrEqual(line.totalMs)
    expect(line.usage?.promptTokens).toBeGreaterThan(5)
  })

  test('names the dialect and the route below a prefix', async () => {
    const line = await lineAfter(ask(gateway, { prompt: '[[say Hi]]' }, { path: '/gemma4//v1/chat/' }))
    expect(line).toMatchObject({
      dialect: 'legacy-chat',
      route: '/gemma4/v1/chat',
      service: 'gemma4',
      outcome: 'completed',
    })
  })

  test.for([
    ['a wrong field', says('Hi', { temperature: 9 }), 422, 'invalid-request'],
    ['a refused field', says('Hi', { min_tokens: 1 }), 400, 'unsupported-field'],
    ['a prompt that is too long', says('word '.repeat(9000)), 400, 'context-overflow'],
    ['a failure of the model server', says('[[fault status 500]]'), 502, 'upstream-failed'],
    ['a busy model server', streams('[[fault status 503]]'), 503, 'overloaded'],
    ['a silent model server', streams('[[fault hang]]'), 504, 'timeout'],
    ['no JSON', '{', 400, 'malformed-request'],
  ] as const)('that failed for %s says why', async ([, body, status, failure]) => {
    const line = await lineAfter(ask(gateway, body))
    expect(line).toMatchObject({ status, failure, outcome: 'failed', key: expect.any(String) })
  })

  test.for([
    ['authorization', 'Bearer my-key'],
    ['x-api-key', 'my-key'],
    ['x-goog-api-key', 'my-key'],
    ['api-key', 'my-key'],
  ] as const)('keeps no id that is the key, presented in %s', async ([header, value]) => {
    const headers = { authorization: '', [header]: value, 'x-request-id': 'my-key' }
    const line = await lineAfter(ask(gateway, says('Hi'), { headers }))
    expect(line).toMatchObject({ failure: 'wrong-key', clientRequestId: undefined })
    expect(inspect(line)).not.toContain('my-key')
  })

  test('that failed for its key knows no caller', async () => {
    const wrong = await lineAfter(ask(gateway, says('Hi'), { headers: { authorization: 'Bearer nonsense' } }))
    expect(wrong).toMatchObject({
      status: 403,
      failure: 'wrong-key',
      outcome: 'failed',
      key: undefined,
      service: undefined,
    })
    const other = { headers: { authorization: `Bearer ${gateway.keyWithoutServices}` } }
    const forbidden = await lineAfter(ask(gateway, says('Hi'), other))
    expect(forbidden).toMatchObject({
      status: 403,
      failure: 'forbidden-service',
      outcome: 'failed',
      key: expect.any(String),
    })
  })

  test('that failed in the middle of its stream says so, with what was generated until then', async () => {
    const line = await lineAfter(ask(gateway, streams('[[words 50]][[fault cut 11]]')))
    expect(line).toMatchObject({
      status: 200,
      outcome: 'failed',
      failure: 'upstream-failed',
      usage: { completionTokens: 10 },
    })
  })

  test('that took two tries counts both', async () => {
    const line = await lineAfter(
      ask(gateway, says('[[words 9]][[try 2]][[words 9]]', { tools: [functionTool('f')], tool_choice: 'required' })),
    )
    expect(line).toMatchObject({ status: 502, outcome: 'failed', usage: { completionTokens: 20 } })
  })

  test('that was abandoned says so', async () => {
    const { length } = gateway.lines
    const controller = new AbortController()
    const response = await ask(gateway, streams('[[words 9]][[fault hang-after 3]]'), { signal: controller.signal })
    controller.abort()
    await until(() => gateway.lines.length > length)
    expect(gateway.lines[length]).toMatchObject({
      requestId: response.headers.get('x-request-id'),
      status: 200,
      outcome: 'abandoned',
      failure: 'abandoned',
      maxTokens: 1024,
    })
  })

  test('that asks for something else has no dialect and no usage', async () => {
    const headers = { authorization: `Bearer ${gateway.key}` }
    const models = await lineAfter(fetch(`${gateway.url}/v1/models/gemma4`, { headers }))
    const nothing = {
      dialect: undefined,
      service: undefined,
      usage: undefined,
      maxTokens: undefined,
      queueMs: undefined,
    }
    expect(models).toMatchObject({
      method: 'GET',
      status: 200,
      outcome: 'completed',
      key: expect.any(String),
      ...nothing,
    })
    const unknown = await lineAfter(fetch(`${gateway.url}/nowhere?key=${gateway.key}`))
    const broken = await lineAfter(fetch(`${gateway.url}/%zz?key=a-secret-of-mine`))
    expect(JSON.stringify([broken, String(broken.cause)])).not.toContain('a-secret-of-mine')
    expect(broken).toMatchObject({ route: '(none)', status: 400, outcome: 'failed', failure: 'malformed-request' })
    expect(unknown).toMatchObject({
      route: '(none)',
      status: 404,
      outcome: 'failed',
      failure: 'unknown-route',
      ...nothing,
    })
  })
})

describe('the log', () => {
  test('has exactly one line for every request', async () => {
    const { length } = gateway.lines
    const asking = Array.from({ length: 30 }, (_, index) => {
      const bodies = [
        says('Hi'),
        streams('Hi'),
        says('Hi', { n: 99 }),
        streams('[[fault cut 3]]'),
        { prompt: 'Hi' },
        '{',
      ]
      return ask(gateway, bodies[index % bodies.length])
    })
    const ids = await Promise.all(
      asking.map(async (response) => {
        await (await response).text()
        return (await response).headers.get('x-request-id')
      }),
    )
    await until(() => gateway.lines.length >= length + 30)
    const logged = gateway.lines.slice(length).map(({ requestId }) => requestId)
    expect(logged.toSorted()).toEqual(ids.map(String).toSorted())
  })

  test('never holds a key, a prompt, a reply or a word of the model server', async () => {
    const { length } = gateway.lines
    const prompt = 'Prompt-text'
    const bodies = [
      `[[say Reply-text]] ${prompt}`,
      `[[words 9]] ${prompt} [[fault cut 4]]`,
      `[[fault status 500]] ${prompt}`,
      `[[fault status 400]] ${prompt}`,
      `[[fault reset]] ${prompt}`,
      `[[fault garbage]] ${prompt}`,
      `[[say Reply-text]][[fault bad-chunk]] ${prompt}`,
      `[[say Reply-text]][[fault error-in-stream 1]] ${prompt}`,
      `[[fault abort]] ${prompt}`,
      `${prompt} `.repeat(5000),
    ].flatMap((content) => [says(content), streams(content)])
    const odd = [
      `{"Prompt-text": 1e400}`,
      `{"Prompt-text`,
      says('Hi', { [prompt]: { [prompt]: 1 } }),
      says([{ type: prompt }]),
    ]
    for (const body of [...bodies, ...odd]) {
      const response = await ask(gateway, body, { path: `/v1/chat/completions?key=${gateway.key}` })
      await response.text()
    }
    await until(() => gateway.lines.length >= length + bodies.length + odd.length)
    const whole = inspect(gateway.lines, {
      depth: Number.POSITIVE_INFINITY,
      maxStringLength: Number.POSITIVE_INFINITY,
      maxArrayLength: null,
    })
    expect(whole).not.toContain(gateway.key)
    expect(whole).not.toMatch(/Prompt-text|Reply-text|EngineCore|on request|doctype|Internal server error/)
  })
})
