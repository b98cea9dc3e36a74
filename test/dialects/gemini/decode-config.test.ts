import { describe, expect, test } from 'vitest'
import type { DecodeContext } from '../../../src/dialects/dialect.ts'
import { decodeRequest } from '../../../src/dialects/gemini/decode-request.ts'
import { failureNow } from '../../chat/failure-of.ts'
import { policy } from '../policy.ts'
import { asked, configured, context, decode, decoded, says } from './decode.ts'

const bare = {
  messages: [{ role: 'user', content: 'Hi' }],
  max_completion_tokens: 1024,
  temperature: 0.7,
  top_p: 0.9,
  top_k: 40,
  chat_template_kwargs: { enable_thinking: false },
}

test('a body with contents alone gets the defaults of the service, and nothing else', () => {
  expect(decoded(says())).toEqual(bare)
  expect(decoded(configured({}))).toEqual(bare)
  expect(decoded(configured({ stopSequences: [], responseMimeType: '', responseModalities: ['TEXT'] }))).toEqual(bare)
})

test('every field of the generation config arrives under the name that vLLM knows', () => {
  const config = {
    temperature: 0.2,
    topP: 0.5,
    topK: 10,
    maxOutputTokens: 100,
    stopSequences: ['END', '###'],
    seed: -7,
    candidateCount: 2,
    presencePenalty: -2,
    frequencyPenalty: 2,
    responseLogprobs: true,
    logprobs: 3,
    thinkingConfig: { thinkingBudget: 100 },
  }
  expect(decoded(configured(config))).toEqual({
    messages: bare.messages,
    temperature: 0.2,
    top_p: 0.5,
    top_k: 10,
    max_completion_tokens: 100,
    stop: ['END', '###'],
    seed: -7,
    n: 2,
    presence_penalty: -2,
    frequency_penalty: 2,
    logprobs: true,
    top_logprobs: 3,
    chat_template_kwargs: { enable_thinking: true },
  })
})

test('a limit above the cap of the service is lowered to it', () => {
  expect(decoded(configured({ maxOutputTokens: 65_536 })).max_completion_tokens).toBe(8192)
})

describe('a value that does not fit is refused by its path', () => {
  test.for<readonly [string, readonly unknown[]]>([
    ['temperature', [-0.1, 2.1, '1']],
    ['topP', [0, 1.1]],
    ['topK', [-2, 1001, 1.5]],
    ['maxOutputTokens', [0, -1, 1.5, '100']],
    ['stopSequences', [['a', 'b', 'c', 'd', 'e'], ['x'.repeat(65)], [''], [5]]],
    ['seed', [1.5, 'x']],
    ['candidateCount', [0, 5, 1.5]],
    ['presencePenalty', [-2.1, 2.1]],
    ['frequencyPenalty', [-2.1, 2.1]],
    ['responseLogprobs', ['true']],
    ['logprobs', [-1, 21, 2]],
    ['responseMimeType', ['text/html', 'image/png', 'text/x.enum']],
    ['thinkingConfig', ['high', { thinkingBudget: -2 }, { thinkingLevel: 'EXTREME' }, { includeThoughts: 1 }]],
  ])('%s', ([name, misfits]) => {
    for (const value of misfits) {
      const failure = failureNow(() => decoded(configured({ [name]: value })))
      expect(failure.kind, JSON.stringify(value)).toBe('invalid-request')
      expect(failure.field).toMatch(/^generationConfig\.\w+/)
    }
  })

  test('also where several choices would all be the same', () => {
    const failure = failureNow(() => decoded(configured({ candidateCount: 2, temperature: 0 })))
    expect(failure.field).toBe('generationConfig.candidateCount')
  })
})

describe('thinking', () => {
  const thinks = (thinkingConfig: object | undefined, rest: Partial<DecodeContext> = {}) =>
    decoded(configured({ thinkingConfig }), rest).chat_template_kwargs.enable_thinking

  test.for<readonly [boolean, object]>([
    [false, { thinkingBudget: 0 }],
    [true, { thinkingBudget: -1 }],
    [true, { thinkingBudget: 1024 }],
    [false, { thinkingLevel: 'MINIMAL' }],
    [true, { thinkingLevel: 'low' }],
    [true, { thinkingLevel: 'HIGH', includeThoughts: false }],
    [false, { thinkingBudget: 0, includeThoughts: true }],
    [true, { includeThoughts: true }],
  ])('is %s with %j', ([wanted, config]) => {
    expect(thinks(config)).toBe(wanted)
  })

  test('is as the service has it where nothing is said', () => {
    const thinking = { policy: { ...policy, defaults: { ...policy.defaults, enable_thinking: true } } }
    for (const config of [undefined, {}, { includeThoughts: false }, { thinkingLevel: 'THINKING_LEVEL_UNSPECIFIED' }]) {
      expect(thinks(config, thinking)).toBe(true)
      expect(thinks(config)).toBe(false)
    }
  })

  test('is shown only where it is asked for', () => {
    expect(decode(configured({ thinkingConfig: { includeThoughts: true } })).echo.includeThoughts).toBe(true)
    expect(decode(configured({ thinkingConfig: { thinkingLevel: 'HIGH' } })).echo.includeThoughts).toBe(false)
  })
})

describe('the form of the reply', () => {
  const format = (config: object) => decoded(configured(config)).response_format
  const object = { type: 'OBJECT', properties: { a: { type: 'STRING' } } }
  const decodedObject = { type: 'object', properties: { a: { type: 'string' } } }

  test('is any JSON where only the type says so', () => {
    expect(format({ responseMimeType: 'application/json' })).toEqual({ type: 'json_object' })
  })

  test('is a schema in each of the places where one may stand', () => {
    for (const name of ['responseSchema', 'responseJsonSchema', '_responseJsonSchema', 'response_schema']) {
      for (const type of [{}, { responseMimeType: 'application/json' }]) {
        expect(format({ [name]: object, ...type })).toEqual({
          type: 'json_schema',
          json_schema: { name: 'response', schema: decodedObject, strict: true },
        })
      }
    }
  })

  test('is one of some words, which are unwrapped', () => {
    const config = { responseMimeType: 'text/x.enum', responseSchema: { type: 'STRING', enum: ['yes', 'no'] } }
    expect(format(config)).toMatchObject({ json_schema: { schema: { type: 'string', enum: ['yes', 'no'] } } })
    expect(decode(configured(config)).echo.unwrapsEnum).toBe(true)
    expect(decode(configured({ responseSchema: object })).echo.unwrapsEnum).toBe(false)
  })

  test.for<readonly [string, object]>([
    ['responseMimeType', { responseMimeType: 'text/plain', responseSchema: object }],
    ['responseSchema', { responseMimeType: 'text/x.enum' }],
    ['responseSchema.enum', { responseMimeType: 'text/x.enum', responseSchema: { type: 'STRING' } }],
    ['responseSchema.properties.a.pattern', { responseSchema: { properties: { a: { pattern: 'x+' } } } }],
    ['responseJsonSchema.properties.a.format', { responseJsonSchema: { properties: { a: { format: 'date' } } } }],
    [
      'responseJsonSchema.$ref',
      { responseJsonSchema: { $ref: '#/$defs/a', $defs: { a: { items: { $ref: '#/$defs/a' } } } } },
    ],
    ['responseSchema', { responseSchema: 'STRING' }],
    ['responseSchema', { responseSchema: { type: 'STRING', example: 'x'.repeat(20_000) } }],
  ])('is refused as %s where it cannot be kept', ([field, config]) => {
    expect(failureNow(() => decoded(configured(config))).field).toBe(`generationConfig.${field}`)
  })
})

test.for<readonly [string, object]>([
  ['cachedContent', says({ cached_content: 'cachedContents/1' })],
  ['generationConfig.responseModalities[1]', configured({ responseModalities: ['TEXT', 'audio'] })],
  ['generationConfig.speechConfig', configured({ speech_config: {} })],
  ['chat_template', says({ chat_template: 'x' })],
])('what the gateway cannot do is refused as %s', ([field, body]) => {
  expect(failureNow(() => decoded(body))).toMatchObject({ kind: 'unsupported-field', field })
})

describe('the form of the stream', () => {
  const path = 'gemma4:streamGenerateContent'
  const stream = (query: object, headers = {}, endWithDone = false) => {
    const ours = { ...context, policy: { ...policy, geminiEndWithDone: endWithDone } }
    return decodeRequest(asked(says(), { path, query: { ...query }, headers }), ours).echo.stream
  }

  test('is a JSON list, unless server-sent events are asked for', () => {
    expect(stream({})).toMatchObject({ framing: 'json-array', endsWithDone: false })
    expect(stream({ alt: 'json' }).framing).toBe('json-array')
    expect(stream({ alt: 'sse' })).toMatchObject({ framing: 'sse', endsWithDone: false })
    expect(stream({ $alt: 'sse' }).framing).toBe('sse')
  })

  test('is gemma.cpp’s where the owner wants it, but not for Google’s SDKs, which would fail at its end', () => {
    expect(stream({}, {}, true)).toMatchObject({ framing: 'sse', endsWithDone: true })
    expect(stream({ alt: 'sse' }, {}, true)).toMatchObject({ framing: 'sse', endsWithDone: true })
    const sdk = { 'x-goog-api-client': 'google-genai-sdk/3.1.0 gl-node/v22' }
    expect(stream({ alt: 'sse' }, sdk, true)).toMatchObject({ framing: 'sse', endsWithDone: false })
  })

  test.for([
    [true, 'genai-js/0.24.1', 'node'],
    [true, 'google-genai-sdk/1.30.0 gl-node/v22', 'google-genai-sdk/1.30.0 gl-node/v22'],
    [
      false,
      'google-genai-sdk/1.30.0 gl-node/v22',
      'GeminiCLI-tui/0.61.0/gemini-3.1-pro-preview (linux; x64; terminal)',
    ],
    [false, 'google-genai-sdk/3.1.0 gl-node/v22', ''],
    [false, 'google-genai-sdk/2.25.0 gl-python/3.11.7', ''],
    [false, '', 'curl/8.5.0'],
  ] as const)('is broken off after a failure: %s for %s, %s', ([wanted, client, agent]) => {
    const headers = { 'x-goog-api-client': client, 'user-agent': agent }
    expect(stream({ alt: 'sse' }, headers).breaksOffOnFailure).toBe(wanted)
  })

  test('is only for the method that streams', () => {
    expect(decodeRequest(asked(says(), { path }), context).streamed).toBe(true)
    expect(decodeRequest(asked(says(), { query: { alt: 'sse' } }), context).streamed).toBe(false)
  })
})
