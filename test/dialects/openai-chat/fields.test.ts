import type { ChatCompletionCreateParams } from 'openai/resources/chat/completions'
import { expect, test } from 'vitest'
import { readFieldRows } from '../field-rows.ts'
import { walkFields } from '../walk-fields.ts'

walkFields({
  dialect: 'openai-chat',
  path: '/v1/chat/completions',
  body: { messages: [{ role: 'user', content: 'Hi' }] },
})

/** Does not compile when the SDK learns another field. */
const known = {
  audio: true,
  frequency_penalty: true,
  function_call: true,
  functions: true,
  logit_bias: true,
  logprobs: true,
  max_completion_tokens: true,
  max_tokens: true,
  messages: true,
  metadata: true,
  modalities: true,
  model: true,
  moderation: true,
  n: true,
  parallel_tool_calls: true,
  prediction: true,
  presence_penalty: true,
  prompt_cache_key: true,
  prompt_cache_options: true,
  prompt_cache_retention: true,
  reasoning_effort: true,
  response_format: true,
  safety_identifier: true,
  seed: true,
  service_tier: true,
  stop: true,
  store: true,
  stream: true,
  stream_options: true,
  temperature: true,
  tool_choice: true,
  tools: true,
  top_logprobs: true,
  top_p: true,
  user: true,
  verbosity: true,
  web_search_options: true,
} satisfies Record<keyof ChatCompletionCreateParams, true>

test('the tables hold every field that the SDK has', () => {
  const fields = new Set(readFieldRows('openai-chat').map(({ field }) => field.split(/[.[]/, 1)[0]))
  expect(Object.keys(known).filter((field) => !fields.has(field))).toEqual([])
})
