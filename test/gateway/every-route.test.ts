import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { formOf, toneWav } from './speech-rig.ts'
import { type SpeechServer, startSpeechServer } from './speech-server.ts'
import { until } from './until.ts'

let gateway: TestGateway
let speech: SpeechServer
beforeAll(async () => {
  speech = await startSpeechServer()
  gateway = await startTestGateway({
    settings: `services:
  - { name: gemma4, upstreams: ['$VLLM'] }
  - { name: vectors, kind: embeddings, upstreams: ['$VLLM'] }
  - { name: whisper, kind: transcription, upstreams: ['${speech.url}'] }
`,
  })
})
afterAll(async () => {
  await gateway.stop()
  await speech.close()
})

/** A request that a route answers with a 2xx once a model has answered it. */
interface Asking {
  /** The only service that does, of those that the route may be below. */
  readonly service: 'gemma4' | 'vectors' | 'whisper'
  /** A form is made anew for every request. */
  readonly body: object | (() => FormData)
  /** What stands for the rest of a path, such as `gemma4:generateContent`. */
  readonly rest?: string
}

const says = [{ role: 'user', content: '[[say Hi]]' }]
const contents = [{ role: 'user', parts: [{ text: '[[say Hi]]' }] }]
const wholeAndStreamed = (body: object): Asking[] =>
  [body, { ...body, stream: true }].map((one) => ({ service: 'gemma4', body: one }))
const generate: Asking[] = ['generateContent', 'streamGenerateContent'].map((method) => {
  return { service: 'gemma4', body: { contents }, rest: `gemma4:${method}` }
})

const content = { parts: [{ text: 'Hi' }] }
const vectors: Asking[] = [
  { service: 'vectors', body: { content }, rest: 'vectors:embedContent' },
  { service: 'vectors', body: { requests: [{ content }] }, rest: 'vectors:batchEmbedContents' },
]

const heard: Asking = { service: 'whisper', body: () => formOf(toneWav(0.2)) }

/**
 * The routes that reach a model, by their paths without version and service. A new route belongs here, or among those that
 * do not: whatever a model has answered must be on record.
 */
const reaching: Readonly<Record<string, readonly Asking[]>> = {
  'POST /chat/completions': wholeAndStreamed({ messages: says }),
  'POST /chat': wholeAndStreamed({ prompt: '[[say Hi]]' }),
  'POST /messages': wholeAndStreamed({ max_tokens: 16, messages: says }),
  'POST /responses': wholeAndStreamed({ input: '[[say Hi]]' }),
  'POST /models/{rest}': [...generate, ...vectors],
  'POST /tunedModels/{rest}': [...generate, ...vectors],
  'POST /embeddings': [{ service: 'vectors', body: { input: 'Hi' } }],
  'POST /audio/transcriptions': [heard],
  'POST /audio/translations': [heard],
  'POST /inference': [heard],
}

/** The routes that answer from memory, from the database, or with a count of tokens. */
const others: readonly RegExp[] = [
  /^GET \/($|api\/hello$|health$|livez$|readyz$|openapi\.json$|models$|models\/|responses$|responses\/)/,
  /^GET \/(usage|pricing|credits)/,
  /^(GET|POST|PATCH|DELETE) \/admin\//,
  /^(POST|DELETE) \/responses\/\{rest\}$/,
  /^POST \/(messages\/count_tokens|responses\/input_tokens)$/,
]

const services = ['gemma4', 'vectors', 'whisper']

function send(path: string, { body, rest = '' }: Asking): Promise<Response> {
  const address = gateway.url + path.replace('{rest}', rest)
  const headers = { authorization: `Bearer ${gateway.key}` }
  if (typeof body === 'function') return fetch(address, { method: 'POST', headers, body: body() })
  const json = { ...headers, 'content-type': 'application/json' }
  return fetch(address, { method: 'POST', headers: json, body: JSON.stringify(body) })
}

interface Route {
  readonly method: string
  readonly path: string
  /** Without version and service, as in the tables. */
  readonly name: string
}

async function readRoutes(): Promise<Route[]> {
  const response = await fetch(`${gateway.url}/openapi.json`)
  const { paths } = (await response.json()) as { paths: Record<string, object> }
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => {
      const name = path
        .replace(/^\/(gemma4|vectors|whisper)(?=\/)/, '')
        .replace(/^(\/v1(alpha|beta)?(?=\/)){1,2}(\/openai(?=\/))?/, '')
      return { method: method.toUpperCase(), path, name: `${method.toUpperCase()} ${name}` }
    }),
  )
}

async function recordedIds(): Promise<readonly string[]> {
  const headers = { authorization: `Bearer ${gateway.key}` }
  const { data } = (await (await fetch(`${gateway.url}/v1/usage?limit=1000`, { headers })).json()) as {
    data: { id: string }[]
  }
  return data.map(({ id }) => id)
}

test('every route is known as one that reaches a model, or as one that does not', async () => {
  const routes = await readRoutes()
  const known = ({ name }: Route) => name in reaching !== others.some((pattern) => pattern.test(name))
  expect(routes.filter((route) => !known(route)).map(({ method, path }) => `${method} ${path}`)).toEqual([])
  const names = new Set(routes.map(({ name }) => name))
  expect(Object.keys(reaching).filter((name) => !names.has(name))).toEqual([])
})

test('every 2xx of a route that reached a model has its entry in the ledger', async () => {
  const routes = await readRoutes()
  const answered: { readonly id: string; readonly route: string }[] = []
  for (const { path, name } of routes) {
    for (const asking of reaching[name] ?? []) {
      const [, first = ''] = path.split('/')
      if (services.includes(first) && first !== asking.service) continue
      const response = await send(path, asking)
      const route = `${path} ${JSON.stringify(asking)}`
      expect([route, response.status, await response.text()]).toEqual([route, 200, expect.any(String)])
      answered.push({ id: response.headers.get('x-request-id') ?? '', route })
    }
  }
  expect(answered.length).toBeGreaterThan(40)
  const missing = async () => {
    const recorded = await recordedIds()
    return answered.filter(({ id }) => !recorded.includes(id)).map(({ route }) => route)
  }
  await until(async () => (await missing()).length === 0).catch(() => undefined)
  expect(await missing()).toEqual([])
}, 60_000)
