import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { askApi, ownerKey, startAdminGateway } from './admin-rig.ts'
import { ask, functionTool } from './ask.ts'
import { openSocket, rawRequest } from './raw-exchange.ts'

interface Operation {
  readonly operationId?: string
  readonly summary?: string
  readonly security?: readonly object[]
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: object }[]
  readonly requestBody?: { readonly required?: boolean; readonly content: Record<string, { readonly schema: object }> }
  readonly responses?: Record<string, { readonly content?: Record<string, { readonly schema: object }> }>
}

interface Document {
  readonly openapi: string
  readonly paths: Record<string, Record<string, Operation>>
  readonly components: { readonly schemas: Record<string, object> }
}

let gateway: TestGateway
let document: Document
beforeAll(async () => {
  gateway = await startAdminGateway()
  document = await readDocument(gateway)
})
afterAll(() => gateway.stop())

async function readDocument({ url }: TestGateway): Promise<Document> {
  // The shape is what these tests look at.
  return (await (await fetch(`${url}/openapi.json`)).json()) as Document
}

function operations({ paths } = document): [string, string, Operation][] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, string, Operation] => [path, method, operation]),
  )
}

describe('/openapi.json', () => {
  test('is OpenAPI 3.1, needs no key and tells of none', async () => {
    expect(document.openapi).toBe('3.1.0')
    expect(JSON.stringify(document)).not.toContain(gateway.key)
  })

  test('declares every parameter of every path, and words and answers for every operation', () => {
    for (const [path, method, { parameters = [], summary, responses }] of operations()) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const declared = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)
      expect([path, method, declared.toSorted()]).toEqual([path, method, named.toSorted()])
      expect([path, path.includes('*') || path.includes(':')]).toEqual([path, false])
      expect([path, method, typeof summary, Object.keys(responses ?? {}).length > 0]).toEqual([
        path,
        method,
        'string',
        true,
      ])
    }
  })

  test('names each operation once, and has schemas that are schemas', () => {
    const ids = operations().flatMap(([, , { operationId }]) => operationId ?? [])
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toContain('postAdminV1Keys')
    const ajv = new Ajv2020({ strict: false, validateFormats: false })
    const schemas = operations().flatMap(([, , { parameters = [], requestBody, responses = {} }]) => {
      const contents = [requestBody, ...Object.values(responses)].flatMap((part) => Object.values(part?.content ?? {}))
      return [...parameters, ...contents].map(({ schema }) => JSON.stringify(schema))
    })
    expect(schemas.length).toBeGreaterThan(100)
    // Most are the same, again and again.
    for (const schema of new Set(schemas)) ajv.compile({ ...JSON.parse(schema), components: document.components })
  })

  test('tells the fixed names of a new key', () => {
    const body = document.paths['/admin/v1/keys']?.['post']?.requestBody?.content['application/json']?.schema
    const names = ['name', 'services', 'role', 'expires_at', 'credits', 'limits', 'trust_end_user']
    expect(body).toMatchObject({ properties: Object.fromEntries(names.map((name) => [name, expect.anything()])) })
    expect(body).toMatchObject({ required: ['name'] })
  })

  test('has every route that answers, those that are told to people among them', async () => {
    const { routes } = (await (await fetch(gateway.url)).json()) as { routes: string[] }
    const known = operations().map(([path, method]) => `${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, '{}')}`)
    // The description knows no suffix of a parameter, and no rest of a path.
    const told = routes.map((route) => route.replaceAll(/\{[^}]+\}(?::\w+)?|\*/g, '{}').replace(/\/$/, ''))
    expect(told.filter((route) => !known.includes(route))).toEqual([])
    expect(known).toEqual(expect.arrayContaining(['GET /admin/v1/audit', 'DELETE /admin/v1/requests/{}', 'GET /livez']))
  })
})

describe('the body of a route that a model answers', () => {
  const says = [{ role: 'user', content: '[[say Hi]]' }]
  const contents = [{ role: 'user', parts: [{ text: '[[say Hi]]' }] }]

  /** Everything that a body of this path is described by, compiled. */
  function validatorOf(path: string) {
    const schema = document.paths[path]?.['post']?.requestBody?.content['application/json']?.schema
    const ajv = new Ajv2020({ strict: false, validateFormats: false })
    return ajv.compile({ ...schema, components: document.components })
  }

  test.for([
    ['/v1/chat/completions', { messages: says, tools: [functionTool('f')] }, { messages: [] }],
    ['/qwen/v1/chat/completions', { messages: says, stop: 'x' }, { messages: says, temperature: 9 }],
    ['/chat', { prompt: '[[say Hi]]' }, { prompt: 7 }],
    ['/v1/messages', { max_tokens: 9, messages: says }, { messages: says, max_tokens: 0 }],
    ['/v1/messages/count_tokens', { messages: says }, {}],
    ['/v1/responses', { input: '[[say Hi]]' }, { input: 7 }],
    ['/v1/responses', { input: [{ role: 'user', content: 'Hi' }] }, { input: 'Hi', top_p: 2 }],
    ['/v1beta/models/{rest}', { contents }, { contents: [{ parts: [{ text: 7 }] }] }],
  ] as const)('%s is described as it is taken', async ([path, fits, misfit]) => {
    const isValid = validatorOf(path)
    for (const body of [fits, misfit]) {
      const response = await ask(gateway, body, { path: path.replace('{rest}', 'gemma4:generateContent') })
      await response.body?.cancel()
      expect([body, isValid(body)]).toEqual([body, response.status === 200])
    }
    expect(isValid(fits)).toBe(true)
  })

  test('and what is told where that fails, are in the form of the dialect, once among the components', () => {
    const errorOf = (path: string) => document.paths[path]?.['post']?.responses?.['4XX']?.content?.['application/json']
    const named = (name: string) => ({ schema: { $ref: `#/components/schemas/${name}` } })
    expect(errorOf('/v1/chat/completions')).toEqual(named('Error'))
    expect(errorOf('/qwen/v1/messages')).toEqual(named('MessagesError'))
    expect(errorOf('/v1beta/models/{rest}')).toEqual(named('GenerateContentError'))
    expect(JSON.stringify(document.components.schemas['Error'])).toContain('The field at fault.')
    expect(Object.keys(document.components.schemas).length).toBeLessThan(20)
  })
})

describe('what was used', () => {
  test.for([
    ['/v1/usage', '', ['since', 'until', 'limit', 'cursor']],
    ['/v1/usage/summary', '?by=hour', ['since', 'until', 'by', 'service', 'limit']],
    ['/admin/v1/usage', '?limit=1', ['since', 'until', 'limit', 'cursor', 'key']],
    ['/admin/v1/usage/summary', '?by=key', ['since', 'until', 'by', 'service', 'limit', 'key']],
    ['/admin/v1/usage/summary', '?by=user', []],
    ['/v1/credits', '', []],
    ['/v1/pricing', '', []],
  ] as const)('is told at %s%s as it is described', async ([path, query, parameters]) => {
    await (await ask(gateway, { messages: [{ role: 'user', content: '[[say Hi]]' }] })).text()
    const { get: operation } = document.paths[path] ?? {}
    const names = operation?.parameters?.map(({ name }) => name) ?? []
    expect(names).toEqual(expect.arrayContaining([...parameters]))
    const schema = operation?.responses?.['200']?.content?.['application/json']?.schema
    const key = path.startsWith('/admin') ? ownerKey : gateway.key
    const response = await fetch(gateway.url + path + query, { headers: { authorization: `Bearer ${key}` } })
    const told = await response.json()
    if (path.includes('usage')) expect(Object(told).data.length).toBeGreaterThan(0)
    const isValid = new Ajv2020({ strict: false, validateFormats: false }).compile({ ...schema })
    expect([isValid(told), isValid.errors]).toEqual([true, null])
    expect(isValid({ data: [{ odd: 1 }] })).toBe(false)
  })
})

describe('every route of /openapi.json', () => {
  test('is there, and asks for a key where the description says so', async () => {
    const needsKey = (operation: Operation) => (operation.security ?? []).length > 0
    expect(operations().length).toBeGreaterThan(20)
    for (const [path, method, operation] of operations()) {
      const response = await fetch(gateway.url + path.replaceAll(/\{\w+\}/g, 'x'), { method: method.toUpperCase() })
      await response.body?.cancel()
      expect([method, path, response.status]).toEqual([method, path, needsKey(operation) ? 401 : 200])
    }
  })
})

describe('the answers of every operation', () => {
  function isDescribed({ responses = {} }: Operation, status: number): boolean {
    return [`${status}`, `${status}`.replace(/..$/, 'XX')].some((name) => name in responses)
  }

  test('have a status that is described, whoever asks', async () => {
    for (const [path, method, operation] of operations()) {
      for (const key of [undefined, gateway.key, ownerKey]) {
        const response = await fetch(gateway.url + path.replaceAll(/\{\w+\}/g, 'x'), {
          method: method.toUpperCase(),
          headers: { ...(key !== undefined && { authorization: `Bearer ${key}` }) },
        })
        await response.body?.cancel()
        expect([method, path, response.status, isDescribed(operation, response.status)]).toEqual([
          method,
          path,
          response.status,
          true,
        ])
      }
    }
  })

  test('may be failures of the gateway wherever a key is wanted, because keys cannot always be checked', () => {
    const keyed = operations().filter(([, , { security = [] }]) => security.length > 0)
    expect(keyed.filter(([, , operation]) => !isDescribed(operation, 503)).map(([path]) => path)).toEqual([])
  })

  test('have one for a gateway that is not ready', async () => {
    const ending = await startAdminGateway()
    const socket = await openSocket(ending)
    socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n')
    await once(socket, 'data')
    const ended = ending.stop()
    // On a connection that was open before.
    socket.write(rawRequest('GET /readyz HTTP/1.1', ['Host: x']))
    const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n')
    expect(head).toMatch(/^HTTP\/1\.1 503 /)
    const schema = document.paths['/readyz']?.['get']?.responses?.['503']?.content?.['application/json']?.schema
    const isValid = new Ajv2020().compile({ ...schema })
    expect([isValid(JSON.parse(body)), isValid({ status: 'ok' })]).toEqual([true, false])
    await ended
  })
})

describe('a body that may be left out', () => {
  test('is described as one, and any other as wanted', async () => {
    const made = await askApi(gateway, ['POST', '/admin/v1/keys'], { name: 'Ada' })
    for (const [path, method, { requestBody }] of operations()) {
      if (requestBody === undefined || !path.startsWith('/admin/')) continue
      const target = path.replace('{id}', made.body.id).replace('{name}', 'gemma4')
      const { status } = await askApi(gateway, [method.toUpperCase(), target])
      expect([path, method, requestBody.required]).toEqual([path, method, status !== 200])
    }
    expect(document.paths['/admin/v1/keys/{id}/rotate']?.['post']?.requestBody?.required).toBe(false)
  })
})

describe('where services are of several kinds', () => {
  const kinds = {
    gemma4: 'POST /chat, POST /v1/chat/completions, GET /v1/responses/{rest}, POST /v1beta/models/{rest}',
    vectors: 'POST /v1/embeddings, POST /v1beta/models/{rest}',
    whisper: 'POST /inference, POST /v1/audio/transcriptions',
  }
  const all = new Set(Object.values(kinds).flatMap((routes) => routes.split(', ')))

  test('those routes are described below each that are served there, and at the root those of all', async () => {
    const several = await startTestGateway({
      settings: `services:
  - { name: gemma4, upstreams: ['$VLLM'] }
  - { name: vectors, kind: embeddings, upstreams: ['$VLLM'] }
  - { name: whisper, kind: transcription, upstreams: ['$VLLM'] }
`,
    })
    onTestFinished(several.stop)
    const described = operations(await readDocument(several)).map(([path, method]) => `${method.toUpperCase()} ${path}`)
    for (const [service, served] of Object.entries(kinds)) {
      const below = [...all].filter((route) => described.includes(route.replace('/', `/${service}/`)))
      expect([service, below.toSorted()]).toEqual([service, served.split(', ').toSorted()])
      expect(described).toEqual(expect.arrayContaining([`GET /${service}/v1/models`, `GET /${service}/health`]))
    }
    expect(described).toEqual(expect.arrayContaining([...all]))
    for (const path of Object.keys(document.paths)) expect(path).not.toMatch(/embeddings|audio|inference/)
  })

  test('a route that is there for its refusal alone is told to nobody', async () => {
    const { routes } = (await (await fetch(gateway.url)).json()) as { routes: string[] }
    expect(routes).not.toContain('GET /v1/responses')
    expect(document.paths['/v1/responses']?.['get']).toBeUndefined()
    expect(document.paths['/v1/responses/{rest}']?.['post']).toBeUndefined()
  })
})

describe('/docs', () => {
  test.each(['/docs', '/docs/', '/docs/static/swagger-ui.css', '/docs/json'])(
    '%s is served without a key',
    async (path) => {
      const response = await fetch(gateway.url + path)
      expect(response.status).toBe(200)
      expect(response.headers.get('x-request-id')).toMatch(/^req_/)
      expect((await response.text()).length).toBeGreaterThan(100)
    },
  )

  test('is not there for what it has not', async () => {
    expect((await fetch(`${gateway.url}/docs/static/none.js`)).status).toBe(404)
  })
})
