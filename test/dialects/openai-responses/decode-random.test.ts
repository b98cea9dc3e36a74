import fc from 'fast-check'
import { expect, test } from 'vitest'
import { GatewayError } from '../../../src/chat/gateway-error.ts'
import { createMemoryStore, decode } from './answering.ts'

const types = fc.constantFrom(
  'message',
  'reasoning',
  'function_call',
  'function_call_output',
  'custom_tool_call',
  'item_reference',
  'local_shell_call',
  'web_search_call',
  'input_text',
  'input_image',
  'function',
  'namespace',
  'custom',
  'allowed_tools',
  'json_schema',
)
const names = fc.constantFrom(
  'type',
  'role',
  'content',
  'text',
  'id',
  'call_id',
  'name',
  'arguments',
  'output',
  'tools',
  'input',
)
const leaf = fc.oneof(types, fc.constantFrom('user', 'assistant', 'Hi', '{}', ''), fc.jsonValue({ maxDepth: 1 }))
const { value } = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('value'), { maxLength: 3 }), fc.dictionary(names, tie('value'))),
}))
const fields = fc.constantFrom(
  'input',
  'instructions',
  'tools',
  'tool_choice',
  'text',
  'reasoning',
  'include',
  'metadata',
  'previous_response_id',
  'conversation',
)

/** What vLLM may be sent. */
const allowed = new Set([
  'messages',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'top_k',
  'min_p',
  'presence_penalty',
  'frequency_penalty',
  'repetition_penalty',
  'seed',
  'stop',
  'logprobs',
  'top_logprobs',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'response_format',
  'chat_template_kwargs',
])

test('any body is decoded to allowed fields, or refused in words', async () => {
  const store = createMemoryStore()
  let decoded = 0
  const property = fc.asyncProperty(fc.dictionary(fields, value), async (body) => {
    try {
      const { request } = await decode(body, { store })
      expect(Object.keys(request).filter((field) => !allowed.has(field))).toEqual([])
      decoded++
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(GatewayError)
      expect(thrown).toHaveProperty('kind', expect.stringMatching(/^(invalid-request|unsupported-field)$/))
    }
  })
  await fc.assert(property, { numRuns: 2000 })
  expect(decoded).toBeGreaterThan(20)
})
