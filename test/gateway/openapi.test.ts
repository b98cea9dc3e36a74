import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestGateway } from '../support/test-gateway.ts'
import { ownerKey, startAdminGateway } from './admin-rig.ts'
import { ask, functionTool } from './ask.ts'

interface Operation {
  readonly operationId?: string
  readonly summary?: string
  readonly security?: readonly object[]
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: object }[]
  readonly requestBody?: { readonly content: Record<string, { readonly schema: object }> }
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
  // The shape is what these tests look at.
  document = (await (await fetch(`${gateway.url}/openapi.json`)).json()) as Document
})
afterAll(() => gateway.stop())

function operations(): [string, string, Operation][] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
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
