import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GatewayError } from '../../../src/chat/gateway-error.ts'
import { decodeRequest } from '../../../src/dialects/openai-chat/decode-request.ts'
import { failureNow } from '../../chat/failure-of.ts'
import { dataUrl, images } from '../../wire/small-images.ts'
import { policy } from '../policy.ts'
import { body, decoded, weather } from './decode.ts'

/** Every name that may ever go to vLLM, below the top level with what it is inside of. */
const allowed = new Set([
  ...['messages', 'max_completion_tokens', 'temperature', 'top_p', 'top_k', 'min_p', 'presence_penalty'],
  ...['frequency_penalty', 'repetition_penalty', 'n', 'seed', 'stop', 'logprobs', 'top_logprobs', 'tools'],
  ...['tool_choice', 'parallel_tool_calls', 'response_format', 'chat_template_kwargs'],
  ...['chat_template_kwargs.enable_thinking', 'messages.role', 'messages.content', 'messages.content.type'],
  ...['messages.content.text', 'messages.content.image_url', 'messages.content.image_url.url', 'messages.reasoning'],
  ...['messages.tool_call_id', 'messages.tool_calls', 'messages.tool_calls.id', 'messages.tool_calls.type'],
  ...['messages.tool_calls.function', 'messages.tool_calls.function.name', 'messages.tool_calls.function.arguments'],
  ...['tools.type', 'tools.function', 'tools.function.name', 'tools.function.description', 'tools.function.strict'],
  ...['tools.function.parameters', 'tool_choice.type', 'tool_choice.function', 'tool_choice.function.name'],
  ...['response_format.type', 'response_format.json_schema', 'response_format.json_schema.name'],
  ...['response_format.json_schema.description', 'response_format.json_schema.strict'],
  'response_format.json_schema.schema',
])
/** Schemas are the caller's own, whatever they hold. */
const passedOn = new Set(['tools.function.parameters', 'response_format.json_schema.schema'])

function namesIn(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null || passedOn.has(path)) return []
  if (Array.isArray(value)) return value.flatMap((item) => namesIn(item, path))
  return Object.entries(value).flatMap(([name, inner]) => {
    const here = path === '' ? name : `${path}.${name}`
    return [here, ...namesIn(inner, here)]
  })
}

/** Bodies of every shape that fits. */
const bodies: readonly object[] = [
  body({ model: 'x', stop: 'a', n: 2, seed: 1, logprobs: true, top_logprobs: 1, max_tokens: 3, min_p: 0.5 }),
  body({ tools: [weather], tool_choice: { type: 'function', function: { name: 'get_weather' } } }),
  body({ response_format: { type: 'json_schema', json_schema: { name: 'a', schema: { type: 'object' } } } }),
  {
    messages: [
      { role: 'developer', content: [{ type: 'text', text: 'Be brief.' }] },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look' },
          { type: 'image_url', image_url: { url: dataUrl(images.png.bytes), detail: 'low' } },
        ],
      },
      {
        role: 'assistant',
        content: null,
        reasoning_content: 'so',
        tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'a', content: 'sunny' },
    ],
  },
]

/** Objects anywhere in a body, but for schemas, which are passed on. */
function objectsIn(value: unknown, path = ''): object[] {
  if (typeof value !== 'object' || value === null || passedOn.has(path)) return []
  if (Array.isArray(value)) return value.flatMap((item) => objectsIn(item, path))
  const inner = Object.entries(value).flatMap(([name, field]) =>
    objectsIn(field, path === '' ? name : `${path}.${name}`),
  )
  return [value, ...inner]
}

const plain = fc.constantFrom(
  ...['uuid', 'name', 'user', 'priority', 'cache_salt', 'request_id', 'store', 'metadata', 'guided', 'max_token'],
  ...['service_tier', 'prediction', 'verbosity', 'modalities', 'audio', 'constructor', 'toString', 'prompt', 'custom'],
)
const unknownName = fc.oneof(
  plain,
  fc.string({ minLength: 1 }).map((name) => `x-${name}`),
)

describe('an unknown field', () => {
  test('is dropped, wherever it stands and whatever it holds', () => {
    fc.assert(
      fc.property(fc.constantFrom(...bodies), fc.nat(), unknownName, fc.jsonValue(), (known, place, name, value) => {
        const sent = structuredClone(known)
        const objects = objectsIn(sent)
        const target = objects[place % objects.length] ?? sent
        // The template is given its one switch and nothing else: that is refused, not dropped.
        fc.pre(!Object.hasOwn(target, name) && !Object.hasOwn(target, 'enable_thinking'))
        Object.defineProperty(target, name, { value, enumerable: true })
        expect(decoded(sent)).toEqual(decoded(known))
      }),
      { numRuns: 1000 },
    )
  })
})

const knownName = fc.constantFrom(
  ...[...allowed].map((path) => path.split('.').at(-1) ?? ''),
  ...['max_tokens', 'stream', 'stream_options', 'enable_thinking', 'reasoning_effort', 'thinking', 'include_reasoning'],
)
/** With spaces, as no word has that is told in the place of one of some words. */
const marker = 'do not repeat'
const anything: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<unknown>(marker, null, true, 0, 1, 2.5, -1, '', 'user', 'text', 'function', '{}', [], {}),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(knownName, fc.constant(marker)), tie('value'), { maxKeys: 4 }),
  ),
})).value

describe('a body, whatever it is,', () => {
  test('either goes on with allowed names alone, or is refused in words that repeat nothing', () => {
    const fields = fc.dictionary(fc.oneof(knownName, unknownName), anything, { maxKeys: 5 })
    fc.assert(
      fc.property(fc.constantFrom({}, ...bodies), fields, (known, extra) => {
        try {
          const names = namesIn(JSON.parse(JSON.stringify(decodeRequest({ ...known, ...extra }, policy).request)))
          expect(names.filter((name) => !allowed.has(name))).toEqual([])
        } catch (thrown) {
          if (!(thrown instanceof GatewayError)) throw thrown
          expect(thrown.message).not.toContain(marker)
          expect(thrown.kind).toMatch(/^(invalid-request|unsupported-field)$/)
        }
      }),
      { numRuns: 3000 },
    )
  })

  test.each([null, 5, 'text', [], true, undefined])('is refused where it is no object but %j', (sent) => {
    expect(failureNow(() => decoded(sent))).toMatchObject({ kind: 'invalid-request', field: '' })
  })

  test('is refused where what it asks for would be missing without a word', () => {
    for (const asked of [{ modalities: ['text', 'audio'] }, { moderation: {} }]) {
      const [field] = Object.keys(asked)
      expect(failureNow(() => decoded(body(asked)))).toMatchObject({ kind: 'unsupported-field', field })
    }
    expect(decoded(body({ modalities: ['text'], audio: { voice: 'ash' }, moderation: null }))).toEqual(decoded(body()))
  })

  test('is refused where vLLM or another gateway would take a dangerous field of it', () => {
    for (const name of ['min_tokens', 'chat_template', 'guided_json', 'structured_outputs', 'logit_bias']) {
      expect(failureNow(() => decoded(body({ [name]: 1 })))).toMatchObject({ kind: 'unsupported-field', field: name })
    }
  })
})
