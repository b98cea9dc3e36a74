import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { exchangeRaw, rawRequest } from './raw-exchange.ts'

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway()
})

afterAll(() => gateway.stop())

describe('every response is JSON with a request id', () => {
  const host = 'Host: x'
  const secret = 'X-Secret: do-not-repeat'

  test.for<[string, string, number]>([
    ['an address that cannot be decoded', rawRequest('GET /%zz HTTP/1.1', [host]), 400],
    ['a model that cannot be decoded', rawRequest('GET /v1/models/%E0%A4 HTTP/1.1', [host]), 400],
    ['no Host', rawRequest('GET /health HTTP/1.1'), 400],
    ['two Hosts', rawRequest('GET /health HTTP/1.1', [host, host]), 400],
    ['a Host with a path', rawRequest('GET /health HTTP/1.1', ['Host: x/?a']), 400],
    ['an unknown Expect', rawRequest('GET /health HTTP/1.1', [host, 'Expect: magic']), 400],
    ['an absolute target', rawRequest('GET http://x/health HTTP/1.1', [host]), 400],
    ['an asterisk', rawRequest('OPTIONS * HTTP/1.1', [host]), 400],
    ['h2c', rawRequest('GET /health HTTP/1.1', [host, 'Upgrade: h2c']), 400],
    ['a GET with a body', rawRequest('GET /health HTTP/1.1', [host, 'Content-Length: 2'], '{}'), 400],
    ['a method that no route has', rawRequest('PROPFIND /health HTTP/1.1', [host]), 405],
    ['CONNECT', rawRequest('CONNECT x:443 HTTP/1.1', [host, secret]), 405],
    ['no method at all', `do-not-repeat\r\n\r\n`, 400],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['TLS', '\x16\x03\x01\x00\xa5\x01\x00', 400],
    ['two lengths', rawRequest('POST /chat HTTP/1.1', [host, 'Content-Length: 2', 'Content-Length: 3'], '{}'), 400],
    ['headers without end', rawRequest('GET /health HTTP/1.1', [host, `X-Long: ${'a'.repeat(20_000)}`]), 431],
    ['no key', rawRequest('GET /v1/models HTTP/1.1', [host, secret]), 401],
  ])('to %s', async ([, text, status]) => {
    const response = await exchangeRaw(gateway, text)
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(response.headers.get('x-request-id')).toMatch(/^req_\w+$/)
    const { error } = JSON.parse(response.body)
    expect(error).toMatchObject({ message: expect.any(String), type: 'invalid_request_error' })
    expect(response.body).not.toContain('do-not-repeat')
  })

  test('to HTTP/1.0 without a Host, which it may leave out', async () => {
    const { status, headers } = await exchangeRaw(gateway, 'GET /health HTTP/1.0\r\n\r\n')
    expect(status).toBe(200)
    expect(headers.get('x-request-id')).toBeDefined()
  })

  test('and the ids differ, also from what the client sends as its own', async () => {
    const ids = new Set<string | null>()
    for (let asked = 0; asked < 20; asked++) {
      const response = await fetch(`${gateway.url}/livez`, { headers: { 'x-request-id': 'mine' } })
      ids.add(response.headers.get('x-request-id'))
    }
    expect(ids.size).toBe(20)
    expect(ids).not.toContain('mine')
  })
})
