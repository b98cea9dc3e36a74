import fc from 'fast-check'
import { pngPixel } from './images.ts'

/** What vLLM obeys, ignores or dies of, and what other gateways route by. */
const hazards = {
  dropped: [
    'priority',
    'cache_salt',
    'request_id',
    'user',
    'metadata',
    'store',
    'service_tier',
    'max_token',
    'uuid',
    'constructor',
    'prototype',
    'toJSON',
  ],
  refused: [
    '__proto__',
    'chat_template',
    'documents',
    'structured_outputs',
    'guided_json',
    'min_tokens',
    'ignore_eos',
    'stop_token_ids',
    'bad_words',
    'prompt_logprobs',
    'best_of',
    'echo',
    'api_base',
    'mm_processor_kwargs',
    'kv_transfer_params',
    'logit_bias',
  ],
}

const anything = fc.jsonValue({ maxDepth: 3 })

/** Almost always the one, so that a body of many fields is often taken as a whole. */
function mostly<Value, Other>(usual: fc.Arbitrary<Value>, rare: fc.Arbitrary<Other>): fc.Arbitrary<Value | Other> {
  return fc.oneof({ arbitrary: usual, weight: 60 }, { arbitrary: rare, weight: 1 })
}

const orAnything = <Value>(usual: fc.Arbitrary<Value>) => mostly(usual, anything)
const word = fc.stringMatching(/^[a-z]{1,12}$/)
const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, -1, 2 ** 53))
const numberOr = (valid: number) => mostly(fc.constant(valid), number)
const strangeName = fc.oneof(
  { arbitrary: fc.constantFrom(...hazards.dropped), weight: 8 },
  { arbitrary: fc.oneof(word, fc.constantFrom(...hazards.refused)), weight: 1 },
)

function withExtra<Value extends object>(usual: fc.Arbitrary<Value>): fc.Arbitrary<object> {
  const extra = fc.dictionary(strangeName, anything, { maxKeys: 3 })
  return fc.tuple(usual, extra).map(([value, more]) => ({ ...more, ...value }))
}

const image = fc.record({
  type: fc.constant('image_url'),
  image_url: withExtra(fc.record({ url: fc.constant(pngPixel) })),
})
const part = mostly(
  fc.oneof(withExtra(fc.record({ type: fc.constant('text'), text: fc.string() })), withExtra(image)),
  withExtra(fc.record({ type: fc.constantFrom('video_url', 'audio_url', 'file', 'image_embeds', 'text') })),
)
const content = fc.oneof(fc.string(), fc.array(part, { maxLength: 2 }))
const callFunction = fc.record({ name: word, arguments: mostly(fc.constantFrom('{}', '', '{"a":1}'), word) })
const call = withExtra(fc.record({ id: word, type: fc.constant('function'), function: withExtra(callFunction) }))
const assistant = fc.record(
  {
    role: fc.constant('assistant'),
    content: fc.string(),
    reasoning_content: fc.string(),
    tool_calls: fc.array(call, { maxLength: 2 }),
  },
  { requiredKeys: ['role', 'content'] },
)
const message = withExtra(
  mostly(
    fc.oneof(
      fc.record({ role: fc.constant('user'), content }),
      fc.record({ role: fc.constantFrom('system', 'developer'), content: fc.string() }),
      fc.record({ role: fc.constant('tool'), tool_call_id: word, content: fc.string() }),
      assistant,
    ),
    fc.record({ role: fc.oneof(word, fc.constant('system')), content }),
  ),
)
const schema = mostly(fc.constantFrom({ type: 'object' }, null), anything)
const toolFunction = withExtra(fc.record({ name: word, parameters: schema }))
const tool = withExtra(fc.record({ type: fc.constant('function'), function: toolFunction }))
const formats = [
  { type: 'json_object' },
  { type: 'structural_tag' },
  { type: 'json_schema', json_schema: { name: 'x' } },
]

/** A Chat Completions body: mostly right, with strange fields anywhere. */
export const chatBody = withExtra(
  fc.record(
    {
      messages: orAnything(fc.array(message, { minLength: 1, maxLength: 3 })),
      model: orAnything(word),
      max_tokens: orAnything(fc.integer({ min: 1, max: 50 })),
      temperature: mostly(fc.constantFrom(0.2, 1, 2), number),
      top_p: numberOr(0.5),
      top_k: numberOr(3),
      n: orAnything(fc.integer({ min: 1, max: 4 })),
      seed: numberOr(7),
      stop: orAnything(fc.array(word, { maxLength: 4 })),
      logprobs: orAnything(fc.boolean()),
      tools: orAnything(fc.array(tool, { maxLength: 2 })),
      tool_choice: mostly(fc.constantFrom('auto', 'none'), fc.constant('required')),
      parallel_tool_calls: orAnything(fc.boolean()),
      response_format: mostly(fc.constant({ type: 'text' }), fc.constantFrom(...formats)),
      chat_template_kwargs: mostly(
        fc.constant({ enable_thinking: true }),
        fc.constant({ enable_thinking: true, evil: 1 }),
      ),
      reasoning_effort: orAnything(fc.constantFrom('none', 'low', 'high')),
      stream: orAnything(fc.boolean()),
      stream_options: orAnything(fc.constantFrom({ include_usage: true }, { continuous_usage_stats: true })),
    },
    { requiredKeys: ['messages'] },
  ),
)

/** Headers that vLLM obeys, that proxies misread, or that are the client's own business. */
export const clientHeaders = fc.dictionary(
  fc.oneof(
    fc.constantFrom(
      'x-request-id',
      'x-vllm-priority',
      'x-session-id',
      'x-data-parallel-rank',
      'endpoint-load-metrics-format',
      'cookie',
      'openai-organization',
      'x-stainless-lang',
      'x-forwarded-for',
      'x-openwebui-user-email',
      'accept',
      'user-agent',
      'traceparent',
      'te',
    ),
    word.map((name) => `x-${name}`),
  ),
  fc.stringMatching(/^[\w -]{0,40}$/),
  { maxKeys: 6 },
)

/** A body of the first contract. */
export const legacyBody = withExtra(
  fc.record(
    {
      prompt: orAnything(fc.string()),
      system_prompt: orAnything(word),
      max_tokens: orAnything(fc.nat(50)),
      stream: orAnything(fc.boolean()),
    },
    { requiredKeys: ['prompt'] },
  ),
)
