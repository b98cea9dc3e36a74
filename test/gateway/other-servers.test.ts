import { afterEach, describe, expect, test } from 'vitest'
import { createSimulator } from '../../src/simulator/simulator.ts'
import { bodyOf, formOf, type SpeechGateway, startSpeechGateway, toneWav } from './speech-rig.ts'
import { startSpeechServer } from './speech-server.ts'
import { until } from './until.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function start(service: string): Promise<SpeechGateway> {
  const gateway = await startSpeechGateway({ settings: `services: [{ name: it, ${service} }]` })
  open.unshift({ close: () => gateway.stop() })
  return gateway
}

async function upstreamOf(gateway: SpeechGateway): Promise<unknown> {
  // The route says so.
  return ((await (await fetch(`${gateway.url}/it/health`)).json()) as { upstream: string }).upstream
}

function embed(gateway: SpeechGateway): Promise<Response> {
  const headers = { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' }
  return fetch(`${gateway.url}/v1/embeddings`, { method: 'POST', headers, body: '{"input":"Hi"}' })
}

const transcribe = (gateway: SpeechGateway) => gateway.post('/v1/audio/transcriptions', formOf(toneWav(1)))

describe('a vLLM that serves something else', () => {
  test.each([
    ['transcription', 'chat', transcribe, 'transcribe audio'],
    ['embeddings', 'transcription', embed, 'make embeddings'],
  ] as const)('is never ready for %s, and requests are told why', async (kind, serves, ask, work) => {
    const simulator = createSimulator({ serves })
    const { url } = await simulator.listen()
    open.push(simulator)
    const gateway = await start(`kind: ${kind}, upstreams: ['${url}']`)
    const response = await ask(gateway)
    expect(response.status).toBe(502)
    const { message } = (await bodyOf(response)).error
    expect(message).toBe(`The model server has no such route: it does not ${work}.`)
    expect(await upstreamOf(gateway)).toBe('waiting')
  })

  test('is asked for its route no more once it had it', async () => {
    const simulator = createSimulator({ serves: 'transcription' })
    const { url } = await simulator.listen()
    open.push(simulator)
    const gateway = await start(`kind: transcription, upstreams: ['${url}']`)
    await until(async () => (await upstreamOf(gateway)) === 'ready')
    expect((await transcribe(gateway)).status).toBe(200)
    const looks = simulator.requests.filter(({ method, path }) => method === 'GET' && path.includes('audio'))
    expect(looks).toHaveLength(1)
  })
})

test.each([
  [404, 'File Not Found (/inference)'],
  [404, '{"detail":"Not Found"}'],
  [405, '{"detail":"Method Not Allowed"}'],
  [400, '{"error":{"message":"The model does not support Transcriptions API"}}'],
])(
  '%i %s of a server that seemed well is told as a route that is missing, and then in the health',
  async (status, text) => {
    const server = await startSpeechServer({ answer: (_ask, response) => void response.writeHead(status).end(text) })
    open.push(server)
    const gateway = await start(`kind: transcription, upstreams: ['${server.url}']`)
    for (const _ of [1, 2, 3]) {
      const response = await transcribe(gateway)
      const { message } = (await bodyOf(response)).error
      expect([response.status, message]).toEqual([
        502,
        'The model server has no such route: it does not transcribe audio.',
      ])
    }
    expect(await upstreamOf(gateway)).toBe('failing')
  },
)

test('404 of a model that the server does not have is not told as a missing route', async () => {
  const text = '{"error":{"message":"The model `x` does not exist.","code":404}}'
  const server = await startSpeechServer({ answer: (_ask, response) => void response.writeHead(404).end(text) })
  open.push(server)
  const gateway = await start(`kind: transcription, upstreams: ['${server.url}']`)
  expect((await bodyOf(await transcribe(gateway))).error.message).toBe('The model server does not accept the gateway.')
})
