import { describe, expect, test } from 'vitest'
import { ClientError } from '../../src/client/client-error.ts'
import { clientDialects } from '../../src/client/dialects.ts'
import { listModels } from '../../src/client/list-models.ts'
import { describeServer } from '../../src/client/server.ts'
import { asking, dialectNames, question } from './asking.ts'
import { startLocalServer, streaming } from './local-server.ts'
import { asStream, transcripts } from './transcripts.ts'

interface Refusal {
  readonly status: number
  readonly body?: string
  readonly headers?: Record<string, string>
  readonly key?: string
}

async function refusal({ status, body = '', headers = {}, key }: Refusal): Promise<string> {
  const { url } = await startLocalServer((response) => response.writeHead(status, headers).end(body))
  return failureOf(asking({ dialect: 'openai', url, ...(key === undefined ? {} : { key }) }, question('Hello')))
}

async function failureOf(answer: Promise<unknown>): Promise<string> {
  const thrown = await answer.catch((reason: unknown) => reason)
  expect(thrown).toBeInstanceOf(ClientError)
  return thrown instanceof ClientError ? thrown.message : ''
}

describe('a refusal', () => {
  test.each([
    ['of OpenAI', { error: { message: 'No such model.', type: 'x', param: null, code: null } }],
    ['of Anthropic', { type: 'error', error: { type: 'not_found_error', message: 'No such model.' } }],
    ['of Google', { error: { code: 404, message: 'No such model.', status: 'NOT_FOUND' } }],
    ['of Google, in a list', [{ error: { code: 404, message: 'No such model.', status: 'NOT_FOUND' } }]],
    ['in one string', { error: 'No such model.' }],
    ['as a detail', { detail: 'No such model.' }],
  ])('%s is told in the words of the server, with its status', async (_, body) => {
    expect(await refusal({ status: 404, body: JSON.stringify(body) })).toBe('The server refuses (404): No such model.')
  })

  test('says when to try again', async () => {
    const told = await refusal({ status: 503, body: '{"error":{"message":"Full."}}', headers: { 'retry-after': '7' } })
    expect(told).toBe('The server refuses (503): Full. Try again in 7 s.')
  })

  test('for want of a key says how to give one', async () => {
    expect(await refusal({ status: 401, body: '{"error":{"message":"Missing."}}' })).toContain('Give one with --key')
    expect(await refusal({ status: 401, body: '{"error":{"message":"Bad."}}', key: 'k' })).toContain('(401): Bad.')
  })

  test('without words, or with a page for browsers, still says the status', async () => {
    expect(await refusal({ status: 502, body: '<html>Bad gateway</html>' })).toBe(
      'The server refuses (502): it does not say why.',
    )
    expect(await refusal({ status: 404 })).toContain('is --base-url right')
  })

  test('carries nothing that a terminal would obey', async () => {
    const body = JSON.stringify({ error: { message: 'Bad \u001b]0;title\u0007 \u009b31m news\r' } })
    expect(await refusal({ status: 400, body })).toBe('The server refuses (400): Bad ]0;title 31m news')
  })
})

test('a redirect is told and not followed, so that the key stays with the server it was given for', async () => {
  const other = await startLocalServer((response) => response.end())
  const { url } = await startLocalServer((response) => response.writeHead(307, { location: other.url }).end())
  const told = await failureOf(asking({ dialect: 'anthropic', url, key: 'secret' }, question('Hello')))
  expect(told).toContain(`The server is elsewhere: ${other.url}`)
  expect(other.received).toEqual([])
})

test('an answer that is not a stream is a failure', async () => {
  const { url } = await startLocalServer((response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome</html>')
  })
  expect(await failureOf(asking({ dialect: 'openai', url }, question('Hello')))).toContain('without a stream')
})

test('a machine that does not listen, one without a name, and a connection that breaks have a sentence each', async () => {
  const closed = await startLocalServer((response) => response.socket?.destroy())
  const hello = question('Hello')
  expect(await failureOf(asking({ dialect: 'openai', url: closed.url }, hello))).toContain('broke off')
  const silent = failureOf(asking({ dialect: 'openai', url: 'http://127.0.0.1:9' }, hello))
  expect(await silent).toMatch(/Nothing listens on http:\/\/127\.0\.0\.1:9\.|cannot be asked: bad port/)
  const nameless = failureOf(asking({ dialect: 'openai', url: 'http://nobody.invalid' }, hello))
  expect(await nameless).toContain('no machine named nobody.invalid')
})

test('a connection that breaks in the middle of an answer is a failure', async () => {
  const { url } = await startLocalServer((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(asStream(transcripts.openai.slice(0, 5)), () => response.socket?.destroy())
  })
  expect(await failureOf(asking({ dialect: 'openai', url }, question('Hello')))).toContain('broke off')
})

test('an aborted answer is what has come until then, and leaves the server', async () => {
  const controller = new AbortController()
  const left = Promise.withResolvers<void>()
  const { url } = await startLocalServer((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(asStream(transcripts.openai.slice(0, 5)))
    response.on('close', () => left.resolve())
  })
  const hear = ({ type }: { type: string }) => type === 'text' && controller.abort()
  const answer = await asking({ dialect: 'openai', url, signal: controller.signal, hear }, question('Hello'))
  expect(answer).toMatchObject({ text: 'Olá, ', thinking: 'Só é.', finish: 'interrupted' })
  await left.promise
})

test('a question that is aborted before anything came is an empty answer', async () => {
  const controller = new AbortController()
  const { url } = await startLocalServer(() => controller.abort())
  const answer = await asking({ dialect: 'gemini', url, signal: controller.signal }, question('Hello'))
  expect(answer).toMatchObject({ text: '', thinking: '', finish: 'interrupted', firstMs: undefined })
})

describe('the models of a server', () => {
  test.each([
    ['openai', { object: 'list', data: [{ id: 'a' }, { id: 'b' }] }],
    ['gemini', { models: [{ name: 'models/a' }, { name: 'models/b' }] }],
  ] as const)('are read from a list of %s', async (dialect, list) => {
    const { url } = await startLocalServer((response) => response.end(JSON.stringify(list)))
    const server = describeServer(clientDialects[dialect], url, 'k')
    expect(await listModels(server, new AbortController().signal)).toEqual(['a', 'b'])
  })

  test('that are no list are a failure that says what to do', async () => {
    const { url } = await startLocalServer((response) => response.end('hello'))
    const server = describeServer(clientDialects.openai, url, 'k')
    expect(await failureOf(listModels(server, new AbortController().signal))).toContain('--model')
  })
})

test.each(dialectNames)('%s: a key is in the header of the dialect and nowhere else', async (dialect) => {
  const { url, received } = await startLocalServer(streaming([asStream(transcripts[dialect])]))
  await asking({ dialect, url, key: 'the-key' }, question('Hello'))
  const header = {
    openai: 'authorization',
    responses: 'authorization',
    anthropic: 'x-api-key',
    gemini: 'x-goog-api-key',
  }
  const { [header[dialect]]: found, ...others } = received[0]?.headers ?? {}
  expect(String(found).replace('Bearer ', '')).toBe('the-key')
  expect(JSON.stringify([others, received[0]?.path, received[0]?.body])).not.toContain('the-key')
})
