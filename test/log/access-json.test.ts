import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AccessLine } from '../../src/chat/access-line.ts'
import { accessJson } from '../../src/log/access-json.ts'

const line: AccessLine = {
  requestId: 'req_1',
  clientRequestId: undefined,
  key: undefined,
  service: undefined,
  dialect: undefined,
  method: 'POST',
  route: '/v1/models/*',
  status: 200,
  outcome: 'completed',
  failure: undefined,
  cause: undefined,
  usage: undefined,
  maxTokens: undefined,
  queueMs: undefined,
  firstTokenMs: undefined,
  totalMs: 1.26,
}

test('any text comes back as it was, and every line is one line of JSON', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (key, cause) => {
      const text = accessJson({ ...line, key, cause }, 30, 'now')
      expect(text.indexOf('\n')).toBe(text.length - 1)
      expect(JSON.parse(text)).toMatchObject({ key, cause, msg: 'request', total_ms: 1.3 })
    }),
  )
})
