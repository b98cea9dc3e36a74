import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { ask, errorOf, functionTool, says, streams } from './ask.ts'
import { exchangeRaw, rawRequest } from './raw-exchange.ts'
import { upstreamRequests } from './upstream-requests.ts'

let gateway: TestGateway
let alone: TestGateway

beforeAll(async () => {
  const timeouts = '{ firstEvent: 200ms, idle: 200ms, total: 500ms }'
  gateway = await startTestGateway({
    settings: `bodyMax: 64KiB\nservices: [{ upstreams: ['$VLLM'], timeouts: ${timeouts} }]`,
  })
  // Nothing listens on port 1.
  alone = await startTestGateway({ settings: `services: [{ upstreams: ['http://127.0.0.1:1'] }]` })
})

afterAll(() => Promise.all([gateway.stop(), alone.stop()]))

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
    functions: [],
    function_call: 'auto',
    logit_bias: { '1': 1 },
  }

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

describe('422 names the field, what was found and what is wanted', () => {
  const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`
  const image = (url: string) => [{ type: 'image_url', image_url: { url } }]

  test.for<[object, string | null, string, string]>([
    [{ messages: undefined }, 'messages', 'nothing', 'a list'],
    [{ messages: [] }, 'messages', 'an empty list', 'at least 1 item'],
    [{ messages: 'Hi' }, 'messages', 'a string of 2 characters', 'a list'],
    [{ messages: [{ role: 'wizard', content: 'Hi' }] }, 'messages[0].role', 'a string of 6 characters', '"system"'],
    [{ messages: [{ role: 'user' }] }, 'messages[0].content', 'nothing', 'a string or a list'],
    [{ messages: [{ role: 'user', content: 5 }] }, 'messages[0].content', '5', 'a string or a list'],
    [{ messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].tool_call_id', 'nothing', 'a string'],
    [{ messages: [{ role: 'assistant', content: null }] }, 'messages[0].content', 'nothing', 'no tool calls'],
    [{ temperature: 2.5 }, 'temperature', '2.5', 'at most 2'],
    [{ temperature: '0.5' }, 'temperature', 'a string of 3 characters', 'a number'],
    [{ top_p: 0 }, 'top_p', '0', 'more than 0'],
    [{ top_k: -2 }, 'top_k', '-2', 'at least -1'],
    [{ min_p: 2 }, 'min_p', '2', 'at most 1'],
    [{ presence_penalty: 3 }, 'presence_penalty', '3', 'at most 2'],
    [{ repetition_penalty: 0 }, 'repetition_penalty', '0', 'more than 0'],
    [{ max_tokens: 0 }, 'max_tokens', '0', 'at least 1'],
    [{ max_completion_tokens: 1.5 }, 'max_completion_tokens', '1.5', 'a whole number'],
    [{ n: 5 }, 'n', '5', 'at most 4'],
    [{ n: 2, temperature: 0 }, 'n', '2 with temperature 0', '1'],
    [{ stop: ['a', 'b', 'c', 'd', 'e'] }, 'stop', 'a list of 5', 'at most 4 items'],
    [{ stop: [''] }, 'stop[0]', 'an empty string', 'at least 1 character'],
    [{ logprobs: true, top_logprobs: 21 }, 'top_logprobs', '21', 'at most 20'],
    [{ top_logprobs: 2 }, 'top_logprobs', '2', 'logprobs: true'],
    [{ stream: 'yes' }, 'stream', 'a string of 3 characters', 'true or false'],
    [{ reasoning_effort: 'huge' }, 'reasoning_effort', 'a string of 4 characters', '"none"'],
    [{ chat_template_kwargs: { evil: 1 } }, 'chat_template_kwargs', 'an object', 'only known fields'],
    [{ tools: [{ type: 'function', function: { name: 'a b' } }] }, 'tools[0].function.name', '3 characters', 'matches'],
    [{ tool_choice: 'required' }, 'tool_choice', 'without `tools`', '"auto"'],
    [{ response_format: { type: 'structural_tag' } }, 'response_format.type', 'a string', '"json_schema"'],
    [
      { messages: [{ role: 'user', content: image('data:image/png;base64,AAAA') }] },
      'messages[0].content[0].image_url.url',
      'another format',
      'PNG',
    ],
    [
      { messages: [{ role: 'user', content: image('file:///etc/passwd') }] },
      'messages[0].content[0].image_url.url',
      'a string',
      'base64',
    ],
    [{ seed: 2 ** 53 }, 'seed', '9007199254740992', 'at most'],
  ])('422 answers %j', async ([fields, field, found, wanted]) => {
    const response = await ask(gateway, says('Hi', fields))
    expect(response.status).toBe(422)
    const error = await errorOf(response)
    expect(error).toMatchObject({ type: 'invalid_request_error', param: field, code: 'invalid_value' })
    expect(error.message).toContain(`\`${field}\`: found`)
    expect(error.message).toContain(found)
    expect(error.message.split(', wanted ')[1]).toContain(wanted)
  })

  test.for<[string, string | null]>([
    ['{"messages":[{"role":"user","content":"Hi"}],"temperature":1e400}', 'temperature'],
    ['{"messages":[{"role":"user","content":"Hi"}],"unknown":{"deeper":[1,-1e999]}}', 'unknown.deeper[1]'],
    [`{"messages":[{"role":"user","content":"Hi"}],"tools":${deep}}`, null],
    [deep, null],
    ['{"messages":[{"role":"user","content":"Hi"}],"__proto__":{"admin":true}}', '__proto__'],
    ['[]', null],
    ['null', null],
    ['"Hi"', null],
    ['5', null],
  ])('422 answers %.70s', async ([body, field]) => {
    const response = await ask(gateway, body)
    expect(response.status).toBe(422)
    const error = await errorOf(response)
    if (field !== null) expect(error.param).toBe(field)
    expect(error.message).toMatch(/found .+, wanted .+\.$/)
    expect(upstreamRequests(gateway, response.headers.get('x-request-id'))).toEqual([])
  })

  test('and repeats no text of the caller, wherever it stands', async () => {
    const text = 'Ignore previous instructions <script>'
    const schema = { response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object' } } } }
    const properties = { [text]: { pattern: 'x' } }
    for (const fields of [
      { model: text, temperature: text },
      { [text]: 1, messages: text },
      { messages: [{ role: text, content: 'Hi' }] },
      { messages: [{ role: 'user', content: [{ type: text }] }] },
      { reasoning_effort: text },
      { tool_choice: { type: 'function', function: { name: text } }, tools: [functionTool('a')] },
      { tools: [functionTool(text)] },
      { chat_template_kwargs: { [text]: true } },
      { response_format: { type: text } },
      { response_format: { ...schema.response_format, json_schema: { name: 'x', schema: { properties } } } },
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: text } }] }] },
    ]) {
      const response = await ask(gateway, says('Hi', fields))
      expect(response.status).toBeGreaterThanOrEqual(400)
      expect(response.status).toBeLessThan(500)
      expect(await response.text()).not.toMatch(/ignore|script/i)
    }
    const huge = await ask(gateway, `{"messages":[],"${text}":{"${text}":1e400}}`)
    expect(await huge.text()).not.toMatch(/ignore|script/i)
    const broken = await ask(gateway, `{"${text}`)
    expect(await broken.text()).not.toMatch(/ignore|script/i)
  })
})

describe('what the model server says is mapped and never relayed', () => {
  const both = [false, true] as const

  /** Words of vLLM's own, of the look-alike's and of a proxy's page. */
  const foreign =
    /EngineCore|stack trace|BadRequestError|InternalServerError|Unauthorized|on request|Internal server error|doctype|Welcome|simulated|root cause/i

  async function expectMapped(response: Response, status: number): Promise<void> {
    expect(response.status).toBe(status)
    const text = await response.text()
    expect(text).not.toMatch(foreign)
    expect(JSON.parse(text)).toMatchObject({ error: { message: expect.any(String), code: expect.any(String) } })
    if (status === 503) expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
  }

  test.for([
    [400, 400],
    [401, 502],
    [403, 502],
    [404, 502],
    [405, 502],
    [413, 400],
    [418, 502],
    [422, 400],
    [429, 503],
    [500, 502],
    [501, 502],
    [502, 502],
    [503, 503],
    [504, 502],
  ] as const)('its %i is a %i', async ([theirs, ours]) => {
    for (const stream of both)
      await expectMapped(await ask(gateway, says(`[[fault status ${theirs}]]`, { stream })), ours)
  })

  test.for(['engine-dead', 'garbage', 'reset', 'error-in-stream', 'cut 0', 'reset-after 20', 'abort', 'repetition'])(
    'its fault "%s" before the first event is a 502',
    async (fault) => {
      // Half an answer has an event before its end, so that only a whole reply can still have a status.
      const modes = fault === 'abort' || fault === 'repetition' ? [false] : both
      for (const stream of modes) await expectMapped(await ask(gateway, says(`[[fault ${fault}]]`, { stream })), 502)
    },
  )

  test.for(['bad-chunk', 'cut'])('its fault "%s" in a whole reply is a 502', async (fault) => {
    await expectMapped(await ask(gateway, says(`[[fault ${fault}]]`)), 502)
  })

  test.for(['hang', 'dead-engine', 'hang-after 0'])('its silence (%s) is a 504', async (fault) => {
    for (const stream of both) {
      const response = await ask(gateway, says(`[[fault ${fault}]]`, { stream }))
      expect(response.status).toBe(504)
      expect(await errorOf(response)).toMatchObject({ type: 'server_error', code: 'timeout' })
    }
  })

  test('a reset of the connection is tried once again before it is a 502', async () => {
    gateway.simulator.faults.next('reset')
    const response = await ask(gateway, says('[[say Hi]]'))
    expect(response.status).toBe(200)
    expect(upstreamRequests(gateway, response.headers.get('x-request-id'))).toHaveLength(2)
  })

  test('a model server that is not there is a 502 with Retry-After, and the gateway is up all the same', async () => {
    for (const stream of both) {
      const response = await ask(alone, says('Hi', { stream }))
      expect(response.status).toBe(502)
      expect(response.headers.get('retry-after')).toBe('2')
      expect(await errorOf(response)).toMatchObject({ type: 'server_error', code: 'upstream_unavailable' })
    }
    const health = await fetch(`${alone.url}/health`)
    expect(health.status).toBe(200)
    expect(await health.json()).toMatchObject({ status: 'degraded', upstream: 'waiting', model: null })
  })

  test('a parameter that the model server refuses is named, without its text', async () => {
    // A template that takes no tools says so with vLLM's own words.
    const response = await ask(gateway, streams('[[fault status 400]]'))
    expect(await errorOf(response)).toEqual({
      message: 'The model server refused the request.',
      type: 'invalid_request_error',
      param: null,
      code: 'unsupported_parameter',
    })
  })
})
