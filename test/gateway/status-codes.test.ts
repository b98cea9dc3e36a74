import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { ask, errorOf, says } from './ask.ts'
import { exchangeRaw, rawRequest } from './raw-exchange.ts'
import { upstreamRequests } from './upstream-requests.ts'

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({ settings: 'bodyMax: 64KiB' })
})

afterAll(() => gateway.stop())

async function statusOf(response: Promise<Response>): Promise<number> {
  const { status, headers, body } = await response
  expect(headers.get('content-type')).toMatch(/^application\/json/)
  expect(headers.get('x-request-id')).toMatch(/^req_/)
  await body?.cancel()
  return status
}

describe('401 and 403', () => {
  const chat = (headers: Record<string, string>, query = '') =>
    fetch(`${gateway.url}/v1/chat/completions${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(says('Hi')),
    })

  test('401 answers who sends no key, before the body is looked at', async () => {
    for (const headers of [{}, { authorization: '' }, { authorization: 'Bearer' }, { authorization: 'Basic eDp5' }]) {
      const response = await chat(headers)
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toBe('Bearer')
      expect(response.headers.get('x-should-retry')).toBe('false')
      expect(await errorOf(response)).toMatchObject({ type: 'invalid_request_error', code: 'invalid_api_key' })
    }
  })

  test('403 answers a wrong key in any spelling, and never repeats it', async () => {
    const wrong = 'wrong-key-of-somebody'
    const spellings = ['authorization', 'x-api-key', 'api-key', 'x-goog-api-key']
    for (const name of spellings) {
      const response = await chat({ [name]: name === 'authorization' ? `Bearer ${wrong}` : wrong })
      expect(response.status).toBe(403)
      const text = await response.text()
      expect(JSON.parse(text)).toMatchObject({ error: { code: 'invalid_api_key', param: null } })
      expect(text).not.toContain(wrong)
    }
    expect(await statusOf(chat({}, `?key=${wrong}`))).toBe(403)
    expect(await statusOf(chat({ authorization: 'Bearer none' }))).toBe(403)
    expect(await statusOf(chat({ authorization: `Bearer ${'k'.repeat(5000)}` }))).toBe(403)
  })

  test('403 answers a key that may not use the service, at the root and below the prefix', async () => {
    for (const path of ['/v1/chat/completions', '/gemma4/v1/chat/completions', '/gemma4/chat']) {
      const headers = { authorization: `Bearer ${gateway.keyWithoutServices}` }
      const response = await ask(gateway, says('Hi'), { path, headers })
      expect(response.status).toBe(403)
      expect(await errorOf(response)).toMatchObject({ code: 'permission_denied' })
    }
  })

  test('a key is taken in every spelling', async () => {
    const { key } = gateway
    const spellings = [
      { 'x-api-key': key },
      { 'x-goog-api-key': key },
      { 'api-key': key },
      { authorization: `bearer ${key}` },
    ]
    for (const headers of spellings) expect((await chat(headers)).status).toBe(200)
    expect((await chat({}, `?key=${key}`)).status).toBe(200)
  })
})

describe('413 and 415', () => {
  test('413 answers a body over the limit and names the limit', async () => {
    const response = await ask(gateway, says('x'.repeat(70_000)))
    expect(response.status).toBe(413)
    expect(await errorOf(response)).toEqual({
      message: 'The body is larger than 65536 bytes.',
      type: 'invalid_request_error',
      param: null,
      code: 'request_too_large',
    })
  })

  test('413 is there to be read though the body is not at its end', async () => {
    for (const length of [1_000_000, 10_000_000]) {
      const response = await ask(gateway, says('x'.repeat(length)))
      expect(response.status).toBe(413)
      expect((await errorOf(response)).code).toBe('request_too_large')
    }
  })

  test('413 answers a body that does not say how long it is', async () => {
    const text = `Transfer-Encoding: chunked`
    const headers = ['Host: x', `Authorization: Bearer ${gateway.key}`, 'Content-Type: application/json', text]
    const chunk = `${(70_000).toString(16)}\r\n${'x'.repeat(70_000)}\r\n0\r\n\r\n`
    expect(await exchangeRaw(gateway, rawRequest('POST /chat HTTP/1.1', headers, chunk))).toMatchObject({ status: 413 })
  })

  test.for(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'json', ''])(
    '415 answers the content type "%s"',
    async (type) => {
      const response = await ask(gateway, says('Hi'), { headers: { 'content-type': type } })
      expect(response.status).toBe(415)
      expect((await errorOf(response)).message).toContain('application/json')
    },
  )

  test('a body that says that it is not compressed is taken, however it says so', async () => {
    for (const encoding of ['identity', 'Identity', 'IDENTITY']) {
      expect(await statusOf(ask(gateway, says('Hi'), { headers: { 'content-encoding': encoding } }))).toBe(200)
    }
  })

  test('415 answers a compressed body', async () => {
    for (const encoding of ['gzip', 'br', 'zstd', 'deflate, gzip']) {
      expect(await statusOf(ask(gateway, says('Hi'), { headers: { 'content-encoding': encoding } }))).toBe(415)
    }
  })
})

describe('400', () => {
  test.for(['{', '', ' ', '{"messages":[}', 'undefined', "{'messages':[]}", '{"a":1e}'])(
    '400 answers a body that is not JSON: %s',
    async (body) => {
      const response = await ask(gateway, body)
      expect(response.status).toBe(400)
      expect(await errorOf(response)).toMatchObject({ type: 'invalid_request_error', code: 'malformed_request' })
    },
  )

  const refused = {
    chat_template: '{{ messages }}',
    documents: [{}],
    mm_processor_kwargs: { a: 1 },
    media_io_kwargs: {},
    structured_outputs: { regex: '(a+)+' },
    guided_json: {},
    guided_regex: '.*',
    logits_processors: ['x'],
    min_tokens: 1,
    ignore_eos: true,
    allowed_token_ids: [1],
    bad_words: ['x'],
    logprob_token_ids: [1],
    stop_token_ids: [1],
    prompt_logprobs: 1,
    prompt_embeds: 'x',
    use_beam_search: true,
    best_of: 2,
    length_penalty: 1,
    early_stopping: true,
    truncate_prompt_tokens: 1,
    truncation_side: 'left',
    echo: true,
    add_generation_prompt: false,
    continue_final_message: true,
    add_special_tokens: true,
    skip_special_tokens: false,
    spaces_between_special_tokens: false,
    include_stop_str_in_output: true,
    return_tokens_as_token_ids: true,
    return_token_ids: true,
    routed_experts_prompt_start: 1,
    kv_transfer_params: {},
    ec_transfer_params: {},
    vllm_xargs: {},
    session_id: 'x',
    repetition_detection: {},
    watermarking: {},
    api_base: 'http://x',
    base_url: 'http://x',
    api_key: 'x',
    logit_bias: { '1': 1 },
  }

  test.each(['functions', 'function_call'])('400 answers the field %s where functions are not known', async (field) => {
    const response = await ask(gateway, { prompt: 'Hi', [field]: 'auto' }, { path: '/chat' })
    expect(response.status).toBe(400)
    expect(await errorOf(response)).toMatchObject({ code: 'unsupported_parameter', param: field })
  })

  test.for(Object.entries(refused))('400 answers the field %s, by its name, on both routes', async ([field, value]) => {
    for (const [path, body] of [
      ['/v1/chat/completions', says('Hi', { [field]: value })],
      ['/chat', { prompt: 'Hi', [field]: value }],
    ] as const) {
      const response = await ask(gateway, body, { path })
      expect(response.status).toBe(400)
      expect(await errorOf(response)).toMatchObject({ code: 'unsupported_parameter', param: field })
      expect(upstreamRequests(gateway, response.headers.get('x-request-id'))).toEqual([])
    }
    expect((await ask(gateway, says('Hi', { [field]: null }))).status).toBe(200)
  })

  test('400 answers what a schema could do to the engine', async () => {
    const format = (schema: object) => ({
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
    })
    for (const schema of [
      { type: 'object', properties: { a: { type: 'string', pattern: '(a+)+$' } } },
      { type: 'string', format: 'email' },
      { $defs: { a: { properties: { a: { $ref: '#/$defs/a' } } } }, $ref: '#/$defs/a' },
      { $ref: 'http://127.0.0.1/schema' },
    ]) {
      const response = await ask(gateway, says('Hi', format(schema)))
      expect(response.status).toBe(400)
      expect(await errorOf(response)).toMatchObject({
        code: 'unsupported_parameter',
        param: expect.stringMatching(/^response_format\.json_schema\.schema\./),
      })
    }
  })

  test('400 answers a remote image, which nobody fetches', async () => {
    const content = [{ type: 'image_url', image_url: { url: 'http://127.0.0.1:1/x.png' } }]
    const response = await ask(gateway, says(content))
    expect(response.status).toBe(400)
    expect(await errorOf(response)).toMatchObject({ param: 'messages[0].content[0].image_url.url' })
  })
})
