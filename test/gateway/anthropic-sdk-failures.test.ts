import type Anthropic from '@anthropic-ai/sdk'
import {
  APIError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
} from '@anthropic-ai/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { anthropicClient, anthropicService, asks } from './anthropic-client.ts'
import { until } from './until.ts'

let gateway: TestGateway
let client: Anthropic

beforeAll(async () => {
  gateway = await startTestGateway({ settings: anthropicService })
  client = anthropicClient(gateway)
})

afterAll(() => gateway.stop())

describe('failures raise', () => {
  const raisedBy = (asking: Promise<unknown>) => asking.catch((thrown: unknown) => thrown)

  test('AuthenticationError for a wrong key, with the request’s id', async () => {
    const raised = await raisedBy(anthropicClient(gateway, { apiKey: 'wrong' }).messages.create(asks('Hi')))
    expect(raised).toBeInstanceOf(AuthenticationError)
    expect(raised).toMatchObject({
      status: 401,
      type: 'authentication_error',
      requestID: expect.stringMatching(/^req_/),
    })
  })

  test('PermissionDeniedError with a key for other services', async () => {
    const { keyWithoutServices: apiKey } = gateway
    const raised = await raisedBy(anthropicClient(gateway, { apiKey }).messages.create(asks('Hi')))
    expect(raised).toBeInstanceOf(PermissionDeniedError)
    expect(raised).toMatchObject({ type: 'permission_error' })
  })

  test('NotFoundError for an unknown model, and for a route that is not there', async () => {
    const unknown = await raisedBy(client.models.retrieve('nothing'))
    expect(unknown).toBeInstanceOf(NotFoundError)
    expect(unknown).toMatchObject({ type: 'not_found_error', apiMessage: 'model: nothing' })
    const batches = await raisedBy(client.messages.batches.list())
    expect(batches).toBeInstanceOf(NotFoundError)
    expect(batches).toMatchObject({ type: 'not_found_error' })
  })

  test('BadRequestError with the field at fault', async () => {
    const raised = await raisedBy(
      client.messages.create(
        asks([
          { type: 'text', text: 'Hi' },
          { type: 'image', source: {} as never },
        ]),
      ),
    )
    expect(raised).toBeInstanceOf(BadRequestError)
    expect(raised).toMatchObject({
      type: 'invalid_request_error',
      apiMessage: expect.stringContaining('`messages.0.content.1.source.type`'),
    })
  })

  test('BadRequestError for a prompt that does not fit, in Anthropic’s words with true numbers', async () => {
    for (const stream of [true, false]) {
      const raised = await raisedBy(client.messages.create({ ...asks('word '.repeat(9000)), stream }))
      expect(raised).toBeInstanceOf(BadRequestError)
      expect(raised).toMatchObject({
        apiMessage: expect.stringMatching(/^prompt is too long: \d{4} tokens > 8192 maximum$/),
      })
    }
  })

  test.for([
    ['status 500', 502, 'api_error'],
    ['hang', 504, 'timeout_error'],
  ] as const)('InternalServerError where the model server meets %s, as %i', async ([fault, status, type]) => {
    for (const stream of [true, false]) {
      const raised = await raisedBy(client.messages.create({ ...asks(`[[fault ${fault}]]`), stream }))
      expect(raised).toBeInstanceOf(InternalServerError)
      expect(raised).toMatchObject({ status, type })
    }
  })

  test('APIError at a failure in the middle of a stream', async () => {
    const stream = client.messages.stream(asks('[[words 50]][[fault cut 10]]'))
    let text = ''
    stream.on('text', (delta) => {
      text += delta
    })
    const raised = await raisedBy(stream.finalMessage())
    expect(raised).toBeInstanceOf(APIError)
    expect(raised).toMatchObject({ type: 'api_error' })
    expect(text).toMatch(/^w1 w2/)
  })

  test('APIUserAbortError where the caller aborts, and the request ends at the model', async () => {
    const controller = new AbortController()
    const asking = client.messages.create(asks('[[fault hang]]'), { signal: controller.signal })
    const { length } = gateway.simulator.requests
    await until(() => gateway.simulator.requests.length > length)
    controller.abort()
    await expect(asking).rejects.toThrow(APIUserAbortError)
    await until(() => gateway.simulator.requests.at(-1)?.closedBy === 'client')
  })

  test('nothing where a stream is left in its middle, which ends the request at the model', async () => {
    const stream = client.messages.stream(asks('[[words 50]][[fault hang-after 9]]'))
    const ended = raisedBy(stream.finalMessage())
    stream.once('text', () => stream.abort())
    expect(await ended).toBeInstanceOf(APIUserAbortError)
    await until(() => gateway.simulator.requests.at(-1)?.closedBy === 'client')
  })
})
