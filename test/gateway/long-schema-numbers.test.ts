import { expect, test } from 'vitest'
import { decodeRequest } from '../../src/dialects/openai-chat/decode-request.ts'
import { buildVllmRequest } from '../../src/upstream/build-vllm-request.ts'
import { parseExact } from '../../src/wire/exact-json.ts'
import { policy } from '../dialects/policy.ts'

test.each(['', ' It may say <|turn>, too.'])(
  'integers beyond 2^53 in the schema of a tool reach the model server digit by digit, described as "%s"',
  (description) => {
    const tool = { type: 'function', function: { name: 'find', description, parameters: { maximum: 7 } } }
    const body = JSON.stringify({ messages: [{ role: 'user', content: 'Hi' }], tools: [tool] })
    const read = parseExact(body.replace('"maximum":7', '"maximum":9223372036854775807'))
    const sent = buildVllmRequest(decodeRequest(read, policy).request, 'gemma-4-e2b', false)
    expect(sent).toContain('"maximum":9223372036854775807')
    expect(sent).not.toContain('<|turn>')
  },
)

test('integers beyond 2^53 in the schema of a reply reach the model server digit by digit', () => {
  const format = { type: 'json_schema', json_schema: { name: 'found', schema: { maximum: 7 } } }
  const body = JSON.stringify({ messages: [{ role: 'user', content: 'Hi' }], response_format: format })
  const read = parseExact(body.replace('"maximum":7', '"maximum":9223372036854775807'))
  const sent = buildVllmRequest(decodeRequest(read, policy).request, 'gemma-4-e2b', false)
  expect(sent).toContain('"maximum":9223372036854775807')
})
