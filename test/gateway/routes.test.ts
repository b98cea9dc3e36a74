import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { ask, errorOf, says } from './ask.ts'
import { exchangeRaw, rawRequest } from './raw-exchange.ts'
import { lineOf } from './upstream-requests.ts'

let gateway: TestGateway
let strict: TestGateway

const services = `services:
  - { name: gemma4, upstreams: ['$VLLM'], aliases: [gpt-*, google/gemma-4-e2b-it] }
  - { name: qwen, upstreams: ['$VLLM'], model: gemma-4-e2b, aliases: [Qwen/*] }
`

beforeAll(async () => {
  gateway = await startTestGateway({ settings: services })
  strict = await startTestGateway({ settings: `unknownModel: refuse\n${services}` })
})

afterAll(() => Promise.all([gateway.stop(), strict.stop()]))

function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> {
  return fetch(gateway.url + path, { method, headers, redirect: 'error' })
}

const withKey = () => ({ authorization: `Bearer ${gateway.key}` })

describe('every spelling of a route is served directly', () => {
  test.for([
    '/v1/chat/completions',
    '/v1/chat/completions/',
    '/chat/completions',
    '//chat/completions',
    '//v1//chat///completions//',
    '/v1/v1/chat/completions',
    '/v1/chat/completions?api-version=2024',
    '/gemma4/v1/chat/completions',
    '/gemma4/chat/completions/',
    '/gemma4//v1/v1//chat/completions',
    '//gemma4/chat/completions',
  ])('POST %s answers a chat', async (path) => {
    const { status, body } = await exchangeRaw(gateway, postRaw(path, says('[[say Hi]]')))
    expect(status).toBe(200)
    expect(JSON.parse(body)).toMatchObject({ choices: [{ message: { content: 'Hi' } }] })
  })

  test.for(['/chat', '/chat/', '//chat', '/v1/chat', '/gemma4/chat', '/gemma4//chat/'])(
    'POST %s answers the first contract',
    async (path) => {
      const { status, body } = await exchangeRaw(gateway, postRaw(path, { prompt: '[[say Hi]]' }))
      expect(status).toBe(200)
      expect(JSON.parse(body)).toMatchObject({ response: 'Hi' })
    },
  )

  test.for(['/v1/models', '/models', '//models', '/models/', '/v1/v1/models', '/gemma4/v1/models', '/gemma4/models/'])(
    'GET %s lists models',
    async (path) => {
      const start = `GET ${path} HTTP/1.1`
      const { status, body } = await exchangeRaw(gateway, rawRequest(start, ['Host: x', `X-Api-Key: ${gateway.key}`]))
      expect(status).toBe(200)
      expect(JSON.parse(body)).toMatchObject({ object: 'list', data: [{ id: 'gemma4' }, ...data(path)] })
    },
  )

  function data(path: string): object[] {
    return path.includes('gemma4') ? [] : [{ id: 'qwen' }]
  }

  function postRaw(path: string, body: object): string {
    const json = JSON.stringify(body)
    const type = 'Content-Type: application/json'
    const headers = ['Host: x', `Authorization: Bearer ${gateway.key}`, type, `Content-Length: ${json.length}`]
    return rawRequest(`POST ${path} HTTP/1.1`, headers, json)
  }

  test('by the SDK with a base URL without /v1, or with one that ends in a slash', async () => {
    for (const base of ['', '/', '/v1/', '/gemma4', '/gemma4/v1', '/v1/v1']) {
      const client = new OpenAI({ baseURL: gateway.url + base, apiKey: gateway.key, maxRetries: 0 })
      const { data } = await client.models.list()
      expect(data[0]?.id).toBe('gemma4')
    }
  })
})

describe('the service', () => {
  async function serviceOf(model: unknown, path?: string, from = gateway): Promise<string | undefined> {
    const response = await ask(from, says('Hi', { model }), path === undefined ? {} : { path })
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ model: model ?? expect.any(String) })
    return (await lineOf(from, response.headers.get('x-request-id'))).service
  }

  test('is picked by its name, an alias or a pattern at the root', async () => {
    expect(await serviceOf('gemma4')).toBe('gemma4')
    expect(await serviceOf('qwen')).toBe('qwen')
    expect(await serviceOf('google/gemma-4-e2b-it')).toBe('gemma4')
    expect(await serviceOf('gpt-4o-mini')).toBe('gemma4')
    expect(await serviceOf('Qwen/Qwen3-4B')).toBe('qwen')
  })

  test('is picked by the name that its model has at the model server', async () => {
    expect(await serviceOf('gemma-4-e2b', undefined, strict)).toBe('gemma4')
  })

  test('is the one of the prefix, whatever the model is called', async () => {
    expect(await serviceOf('gemma4', '/qwen/v1/chat/completions')).toBe('qwen')
    expect(await serviceOf('qwen', '/gemma4/chat/completions')).toBe('gemma4')
    expect(await serviceOf('anything at all', '/qwen/chat/completions')).toBe('qwen')
    expect(await serviceOf('nobody', '/qwen/chat/completions', strict)).toBe('qwen')
  })

  test.for([
    ['/v1/chat/completions', says('Hi')],
    ['/v1/messages', { ...says('Hi'), max_tokens: 16 }],
    ['/v1/responses', { input: 'Hi' }],
    ['/chat', { prompt: 'Hi' }],
  ] as const)('is the one of the prefix for what can be no model at all: %s', async ([route, body]) => {
    for (const model of [5, {}, ['qwen'], '', 'x'.repeat(257)]) {
      const below = await ask(gateway, { ...body, model }, { path: `/qwen${route}` })
      expect([below.status, await below.json()]).toEqual([200, expect.objectContaining({ model: 'qwen' })])
    }
  })

  test('is none at the root for what can be no model at all', async () => {
    for (const model of [5, {}, 'x'.repeat(257)]) expect((await ask(gateway, says('Hi', { model }))).status).toBe(422)
  })

  test('is the first one for an unknown model or none', async () => {
    expect(await serviceOf('claude-opus')).toBe('gemma4')
    expect(await serviceOf(undefined)).toBe('gemma4')
    expect(await serviceOf(null)).toBe('gemma4')
  })

  test('is none for an unknown model where unknown models are refused', async () => {
    const response = await ask(strict, says('Hi', { model: 'claude-opus' }))
    expect(response.status).toBe(404)
    expect(await errorOf(response)).toEqual({
      message: 'The model `claude-opus` does not exist or you do not have access to it.',
      type: 'invalid_request_error',
      param: null,
      code: 'model_not_found',
    })
    expect(await serviceOf(undefined, undefined, strict)).toBe('gemma4')
  })
})

describe('models', () => {
  test('are those that the key may use, with name and context window', async () => {
    const listed = await (await get('/v1/models', withKey())).json()
    expect(listed).toMatchObject({
      data: [
        { id: 'gemma4', name: 'gemma4', object: 'model', max_model_len: 8192 },
        { id: 'qwen', name: 'qwen', object: 'model', max_model_len: 8192 },
      ],
    })
    const none = await get('/v1/models', { authorization: `Bearer ${gateway.keyWithoutServices}` })
    expect(await none.json()).toEqual({ object: 'list', data: [] })
  })

  test('that the key may not use are not found, and a prefix that it may not use is forbidden', async () => {
    const headers = { authorization: `Bearer ${gateway.keyWithoutServices}` }
    expect((await get('/v1/models/gemma4', headers)).status).toBe(404)
    expect((await get('/gemma4/v1/models', headers)).status).toBe(403)
  })

  test('are found by a name with slashes, also percent-encoded', async () => {
    for (const name of ['google/gemma-4-e2b-it', 'google%2Fgemma-4-e2b-it']) {
      const found = await get(`/v1/models/${name}`, withKey())
      expect(await found.json()).toMatchObject({ id: 'google/gemma-4-e2b-it', name: 'gemma4' })
    }
  })

  test('are told without asking the model server', async () => {
    await expectNoQuestion(async () => {
      await get('/v1/models', withKey())
      await get('/v1/models/qwen', withKey())
    })
  })
})

/** Does something often: the model server is asked now and then in the background, but not for it. */
async function expectNoQuestion(act: () => Promise<unknown>): Promise<void> {
  const { length } = gateway.simulator.requests
  for (let done = 0; done < 15; done++) await act()
  expect(gateway.simulator.requests.length - length).toBeLessThan(5)
}

describe('health', () => {
  test('is told without a key and without asking the model server', async () => {
    const health = await get('/health')
    expect(health.status).toBe(200)
    expect(await health.json()).toMatchObject({
      status: 'ok',
      model: 'gemma-4-e2b',
      upstream: 'ready',
      version: expect.any(String),
      services: [{ service: 'gemma4' }, { service: 'qwen' }],
    })
    const own = await get('/qwen/health/')
    expect(await own.json()).toMatchObject({ status: 'ok', service: 'qwen', upstream: 'ready', model: 'gemma-4-e2b' })
    expect((await get('/livez')).status).toBe(200)
    expect((await get('/readyz')).status).toBe(200)
    await expectNoQuestion(async () => {
      for (const path of ['/', '/health', '/qwen/health', '/livez', '/readyz']) await get(path)
    })
  })

  test('is told to HEAD too', async () => {
    for (const path of ['/', '/health', '/livez', '/readyz']) {
      const response = await get(path, {}, 'HEAD')
      expect(response.status).toBe(200)
      expect(await response.text()).toBe('')
    }
  })

  test('GET / names the routes without a key', async () => {
    const { routes } = (await (await get('/')).json()) as { routes: string[] }
    expect(routes).toEqual(expect.arrayContaining(['POST /v1/chat/completions', 'POST /chat', 'GET /qwen/health']))
    const gemini = ['generateContent', 'streamGenerateContent', 'countTokens'].map(
      (method) => `POST /v1beta/models/{model}:${method}`,
    )
    expect(routes).toEqual(expect.arrayContaining([...gemini, 'GET /v1beta/models', 'GET /qwen/v1beta/models']))
  })
})

test('each service tells the routes of its kind, and the root those of all', async () => {
  const kinds = await startTestGateway({
    settings: `services:
  - { name: gemma4, upstreams: ['$VLLM'] }
  - { name: e, kind: embeddings, upstreams: ['$VLLM'] }
  - { name: w, kind: transcription, upstreams: ['$VLLM'] }
`,
  })
  onTestFinished(kinds.stop)
  const { routes } = (await (await fetch(kinds.url)).json()) as { routes: string[] }
  const models = ['GET /{}/v1/models', 'GET /{}/v1/models/{id}', 'GET /{}/v1beta/models', 'GET /{}/health']
  const below = (name: string, own: readonly string[]) =>
    [...own, ...models].map((route) => route.replace('{}', name)).toSorted()
  const told = (name: string) => routes.filter((route) => route.includes(` /${name}/`)).toSorted()
  const embed = ['embedContent', 'batchEmbedContents'].map((method) => `POST /{}/v1beta/models/{model}:${method}`)
  expect(told('e')).toEqual(below('e', ['POST /{}/v1/embeddings', ...embed]))
  const speech = ['/v1/audio/transcriptions', '/v1/audio/translations', '/inference'].map((path) => `POST /{}${path}`)
  expect(told('w')).toEqual(below('w', speech))
  expect(told('gemma4')).toEqual(expect.arrayContaining(['POST /gemma4/v1/chat/completions', 'POST /gemma4/chat']))
  expect(told('gemma4').join()).not.toMatch(/embed|audio|inference/i)
  const root = ['POST /v1/chat/completions', 'POST /v1/embeddings', 'POST /v1/audio/transcriptions']
  expect(routes).toEqual(expect.arrayContaining(root))
  const kept = await ask(kinds, { input: '[[say Hi]]' }, { path: '/gemma4/v1/responses' })
  const { id } = (await kept.json()) as { id: string }
  const headers = { authorization: `Bearer ${kinds.key}` }
  const find = async (name: string) => (await fetch(`${kinds.url}/${name}/v1/responses/${id}`, { headers })).status
  expect([await find('gemma4'), await find('e'), await find('w')]).toEqual([200, 404, 404])
})

describe('a known path with another method', () => {
  test.for([
    ['GET', '/v1/chat/completions', 'OPTIONS, POST'],
    ['PUT', '//v1//chat/completions/?a=b', 'OPTIONS, POST'],
    ['POST', '/qwen/health', 'GET, HEAD, OPTIONS'],
    ['DELETE', '/v1/models/google/gemma-4', 'GET, HEAD, OPTIONS, POST'],
    ['PATCH', '/qwen/v1/responses/resp_1/input_items', 'DELETE, GET, HEAD, OPTIONS, POST'],
    ['POST', '/admin/v1/keys/key_1', 'DELETE, GET, HEAD, OPTIONS, PATCH'],
    ['POST', '/', 'GET, HEAD, OPTIONS'],
  ] as const)('%s %s is a 405 that says which there are', async ([method, path, allow]) => {
    const response = await get(path, {}, method)
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow])
    const error = await errorOf(response)
    expect(error).toMatchObject({ type: 'invalid_request_error', code: 'method_not_allowed', param: null })
    expect(error.message).toBe(`\`${method}\` is not a method of this route; it has ${allow}.`)
  })

  test('is told to HEAD without a body, and to OPTIONS without a failure', async () => {
    const head = await get('/v1/chat/completions', {}, 'HEAD')
    expect([head.status, head.headers.get('allow'), await head.text()]).toEqual([405, 'OPTIONS, POST', ''])
    const options = await fetch(`${gateway.url}/v1/models`, { method: 'OPTIONS' })
    expect([options.status, options.headers.get('allow'), await options.text()]).toEqual([
      204,
      'GET, HEAD, OPTIONS',
      '',
    ])
    expect(options.headers.get('x-request-id')).toMatch(/^req_/)
    expect((await fetch(`${gateway.url}/v1/nothing`, { method: 'OPTIONS' })).status).toBe(404)
  })

  test('is told in the words of the dialect that is spoken', async () => {
    const messages = await get('/v1/messages', { 'anthropic-version': '2023-06-01' })
    expect([messages.status, messages.headers.get('allow')]).toEqual([405, 'OPTIONS, POST'])
    expect(await messages.json()).toMatchObject({ type: 'error', error: { type: 'invalid_request_error' } })
    const gemini = await get('/v1beta/models', { 'x-goog-api-key': 'x' }, 'DELETE')
    expect(await gemini.json()).toMatchObject({ error: { code: 405, status: 'UNIMPLEMENTED' } })
  })
})

describe('an unknown route', () => {
  test.for([
    ['POST', '/v1/chat/completion', 'POST /v1/chat/completions'],
    ['GET', '/v1/model', 'GET /v1/models'],
    ['POST', '/chats', 'POST /chat'],
    ['GET', '/qwen/helth', 'GET /qwen/health'],
    ['GET', '/v1/health', 'GET /health'],
    ['POST', '/GEMMA4/v1/chat/completions', 'POST /gemma4/v1/chat/completions'],
    ['POST', '/gemma/v1/chat/completions', 'POST /gemma4/v1/chat/completions'],
    ['POST', '/api/v1/chat/completions', 'POST /v1/chat/completions'],
    ['GET', '/openai/v1/models', 'GET /v1/models'],
    ['GET', '/gemma/livez', 'GET /livez'],
  ] as const)('%s %s is a 404 that names the routes and the nearest', async ([method, path, nearest]) => {
    const response = await get(path, {}, method)
    expect(response.status).toBe(404)
    const error = await errorOf(response)
    expect(error).toMatchObject({ type: 'invalid_request_error', code: 'unknown_url', param: null })
    expect(error.message).toContain(`The nearest is ${nearest}.`)
    expect(error.message).toContain('GET /readyz')
  })

  test('below a service that is none says so, and repeats no name', async () => {
    const { status, body } = await exchangeRaw(
      gateway,
      rawRequest('POST /gemma5/v1/chat/completions HTTP/1.1', ['Host: x']),
    )
    expect(status).toBe(404)
    expect(body).toContain('There is no such service before the route.')
    expect(body).toContain('The nearest is POST /gemma4/v1/chat/completions.')
    expect(body).toContain('below /gemma4, /qwen.')
    expect(body).not.toContain('gemma5')
  })

  test('is a 404 whatever its body is', async () => {
    for (const body of ['{', 'not JSON', '[[[']) {
      for (const type of ['application/json', 'text/plain', 'multipart/form-data']) {
        const response = await ask(gateway, body, { path: '/nowhere', headers: { 'content-type': type } })
        expect(response.status).toBe(404)
      }
    }
  })

  test('repeats nothing of the address', async () => {
    const response = await get('/v1/ignore-all-previous-instructions?key=secret-in-query')
    const { message } = await errorOf(response)
    expect(message).not.toMatch(/ignore|secret/)
  })
})
