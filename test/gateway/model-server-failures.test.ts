import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { ask, errorOf, says, streams } from './ask.ts'
import { upstreamRequests } from './upstream-requests.ts'

let gateway: TestGateway
let alone: TestGateway

beforeAll(async () => {
  const timeouts = '{ firstEvent: 200ms, idle: 200ms, total: 500ms }'
  gateway = await startTestGateway({ settings: `services: [{ upstreams: ['$VLLM'], timeouts: ${timeouts} }]` })
  // Nothing listens on port 1.
  alone = await startTestGateway({ settings: `services: [{ upstreams: ['http://127.0.0.1:1'] }]` })
})

afterAll(() => Promise.all([gateway.stop(), alone.stop()]))

describe('what the model server says is mapped and never relayed', () => {
  const both = [false, true] as const

  /** Words of vLLM's own, of the look-alike's and of a proxy's page. */
  const foreign =
    /EngineCore|stack trace|BadRequestError|InternalServerError|Unauthorized|on request|Internal server error|doctype|Welcome|simulated|root cause/i

  async function expectMapped(response: Response, status: number): Promise<void> {
    expect(response.status).toBe(status)
    const text = await response.text()
    expect(text).not.toMatch(foreign)
    expect(JSON.parse(text)).toMatchObject({ error: { message: expect.any(String), code: expect.any(String) } })
    if (status === 503) expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
  }

  test.for([
    [400, 400],
    [401, 502],
    [403, 502],
    [404, 502],
    [405, 502],
    [413, 400],
    [418, 502],
    [422, 400],
    [429, 503],
    [500, 502],
    [501, 502],
    [502, 502],
    [503, 503],
    [504, 502],
  ] as const)('its %i is a %i', async ([theirs, ours]) => {
    for (const stream of both)
      await expectMapped(await ask(gateway, says(`[[fault status ${theirs}]]`, { stream })), ours)
  })

  test.for(['engine-dead', 'garbage', 'reset', 'error-in-stream', 'cut 0', 'reset-after 20', 'abort', 'repetition'])(
    'its fault "%s" before the first event is a 502',
    async (fault) => {
      // Half an answer has an event before its end, so that only a whole reply can still have a status.
      const modes = fault === 'abort' || fault === 'repetition' ? [false] : both
      for (const stream of modes) await expectMapped(await ask(gateway, says(`[[fault ${fault}]]`, { stream })), 502)
    },
  )

  test('its reply that is cut is a 502', async () => {
    await expectMapped(await ask(gateway, says('[[fault cut]]')), 502)
  })

  test('its words that are cut fail a stream in the words of a whole reply, which is a 502', async () => {
    const words = 'The model server sent something that is not an answer.'
    const whole = await ask(gateway, says('[[fault bad-chunk]]'))
    expect((await errorOf(whole.clone())).message).toBe(words)
    await expectMapped(whole, 502)
    // An event comes before the one that is cut, and may have been told.
    const streamed = await ask(gateway, streams('[[words 9]][[fault bad-chunk]]'))
    const text = await streamed.text()
    expect(text).toContain(words)
    expect(text).not.toContain('"finish_reason":"stop"')
  })

  test.for(['hang', 'dead-engine', 'hang-after 0'])('its silence (%s) is a 504', async (fault) => {
    for (const stream of both) {
      const response = await ask(gateway, says(`[[fault ${fault}]]`, { stream }))
      expect(response.status).toBe(504)
      expect(await errorOf(response)).toMatchObject({ type: 'server_error', code: 'timeout' })
    }
  })

  test('a reset of the connection is tried once again before it is a 502', async () => {
    gateway.simulator.faults.next('reset')
    const response = await ask(gateway, says('[[say Hi]]'))
    expect(response.status).toBe(200)
    expect(upstreamRequests(gateway, response.headers.get('x-request-id'))).toHaveLength(2)
  })

  test('a model server that is not there is a 502 with Retry-After, and the gateway is up all the same', async () => {
    for (const stream of both) {
      const response = await ask(alone, says('Hi', { stream }))
      expect(response.status).toBe(502)
      expect(response.headers.get('retry-after')).toBe('2')
      expect(await errorOf(response)).toMatchObject({ type: 'server_error', code: 'upstream_unavailable' })
    }
    const health = await fetch(`${alone.url}/health`)
    expect(health.status).toBe(200)
    expect(await health.json()).toMatchObject({ status: 'degraded', upstream: 'waiting', model: null })
  })

  test('a refusal of the model server is told in our words', async () => {
    const response = await ask(gateway, streams('[[fault status 400]]'))
    expect(await errorOf(response)).toEqual({
      message: 'The model server refused the request.',
      type: 'invalid_request_error',
      param: null,
      code: 'unsupported_parameter',
    })
  })
})
