import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { exchangeRaw } from './raw-exchange.ts'

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway()
})

afterAll(() => gateway.stop())

/** Where a client is, when it stops sending. */
const unfinished = {
  'in its headers': 'POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nX-Slow: ',
  'in its body':
    'POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nX-Api-Key: KEY\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"messages"',
}

test('a client that does not send all of its request within 20 s is told in JSON with 408, and cut off', async () => {
  const startedAt = performance.now()
  const exchanges = Object.values(unfinished).map((text) => exchangeRaw(gateway, text.replace('KEY', gateway.key)))
  for (const { status, headers, body } of await Promise.all(exchanges)) {
    expect(status).toBe(408)
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(headers.get('x-request-id')).toMatch(/^req_/)
    expect(JSON.parse(body)).toMatchObject({ error: { code: 'malformed_request', type: 'invalid_request_error' } })
  }
  expect(performance.now() - startedAt).toBeLessThan(20_000)
}, 25_000)
