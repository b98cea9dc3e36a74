import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { createOpenAI } from '@ai-sdk/openai'
import { embed, embedMany } from 'ai'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestGateway } from '../support/test-gateway.ts'
import { ask, errorOf } from './ask.ts'
import { bodyOf, embeddingsPath, startEmbeddingsGateway } from './embeddings-rig.ts'

let gateway: TestGateway
let sdk: OpenAI

beforeAll(async () => {
  gateway = await startEmbeddingsGateway()
  sdk = new OpenAI({ apiKey: gateway.key, baseURL: `${gateway.url}/v1`, maxRetries: 0 })
})

afterAll(() => gateway.stop())

const run = promisify(execFile)
const model = 'embeddinggemma'
const path = embeddingsPath

/** The vector of a text that is asked for alone. */
async function vectorOf(input: unknown): Promise<number[]> {
  const body = await bodyOf(await ask(gateway, { model, input, encoding_format: 'float' }, { path }))
  return body.data[0]?.embedding as number[]
}

function closeTo(vector: readonly number[]) {
  return vector.map((value) => expect.closeTo(value, 6))
}

describe("OpenAI's SDK", () => {
  test('asks for base64 and is given the vector, its tokens and the name that it asked for', async () => {
    const { data, usage, model: named } = await sdk.embeddings.create({ model, input: 'Hello world' })
    expect(data[0]?.embedding).toHaveLength(768)
    expect(Math.hypot(...(data[0]?.embedding ?? []))).toBeCloseTo(1, 5)
    expect(usage).toEqual({ prompt_tokens: 3, total_tokens: 3 })
    expect(named).toBe(model)
  })

  test('is given the same vector as floats', async () => {
    const { data } = await sdk.embeddings.create({ model, input: 'Hello world' })
    expect(await vectorOf('Hello world')).toEqual(closeTo(data[0]?.embedding ?? []))
  })

  test('is given the vectors of a list in its order', async () => {
    const input = Array.from({ length: 100 }, (_, at) => `text number ${at}`)
    const { data } = await sdk.embeddings.create({ model, input })
    expect(data.map(({ index }) => index)).toEqual(input.map((_, at) => at))
    for (const at of [0, 31, 32, 99]) expect(data[at]?.embedding).toEqual(closeTo(await vectorOf(input[at])))
  })

  test('may send the ids of tokens, one list or several', async () => {
    const one = await sdk.embeddings.create({ model, input: [5, 6, 7] })
    const several = await sdk.embeddings.create({ model, input: [[1], [5, 6, 7]] })
    expect(one.usage.prompt_tokens).toBe(3)
    expect(several.usage.prompt_tokens).toBe(4)
    expect(several.data[1]?.embedding).toEqual(one.data[0]?.embedding)
  })

  test.each([512, 256, 128, 3])('is given %i dimensions, one long again', async (dimensions) => {
    const whole = await vectorOf('Hello world')
    const { data } = await sdk.embeddings.create({ model, input: 'Hello world', dimensions })
    const short = whole.slice(0, dimensions)
    expect(data[0]?.embedding).toEqual(closeTo(short.map((value) => value / Math.hypot(...short))))
  })
})

test("the AI SDK's embed and embedMany are given vectors in order", async () => {
  const provider = createOpenAI({ apiKey: gateway.key, baseURL: `${gateway.url}/v1` })
  const embeddingModel = provider.embeddingModel(model)
  const one = await embed({ model: embeddingModel, value: 'b' })
  const many = await embedMany({ model: embeddingModel, values: ['a', 'b', 'c'] })
  expect(many.embeddings).toHaveLength(3)
  expect(many.embeddings[1]).toEqual(closeTo(one.embedding))
  expect(many.usage.tokens).toBe(6)
})

test('Open WebUI is given its documents, thirty-two texts at a time and four requests at once', async () => {
  const documents = Array.from({ length: 8 }, (_, at) => Array.from({ length: 32 }, (_, text) => `chunk ${at} ${text}`))
  const headers = { 'X-OpenWebUI-User-Name': 'Jo%20Doe', 'X-OpenWebUI-User-Id': 'u1' }
  const answers: unknown[] = []
  const rest = documents.values().map((input) => input)
  async function work(): Promise<void> {
    for (const input of rest) {
      const { data, usage } = await bodyOf(await ask(gateway, { input, model }, { path, headers }))
      expect(usage.prompt_tokens).toBeGreaterThan(32 * 3)
      answers.push(...data.map(({ embedding }) => String(embedding)))
    }
  }
  await Promise.all([work(), work(), work(), work()])
  expect(new Set(answers).size).toBe(256)
})

test('curl is given vectors', async () => {
  const json = JSON.stringify({ model, input: ['first text', 'second text'], dimensions: 256 })
  const headers = ['-H', `Authorization: Bearer ${gateway.key}`, '-H', 'Content-Type: application/json']
  const { stdout } = await run('curl', ['-sS', '--fail-with-body', gateway.url + path, ...headers, '-d', json])
  // What is in it is what the test looks at.
  const { data } = JSON.parse(stdout) as { data: { embedding: number[] }[] }
  expect(data.map(({ embedding }) => embedding.length)).toEqual([256, 256])
})

test.each([
  '/v1/embeddings',
  '/embeddings',
  '/v1/v1/embeddings',
  '/v1beta/openai/embeddings',
  '/embeddinggemma/v1/embeddings',
  '/embeddinggemma/embeddings',
])('answers at %s', async (spelling) => {
  const { data } = await bodyOf(await ask(gateway, { input: 'Hi' }, { path: spelling }))
  expect(data).toHaveLength(1)
})

test('asks the server for whole vectors in base64, and for nothing that the caller made up', async () => {
  await bodyOf(await ask(gateway, { model, input: 'Hi', dimensions: 128, user: 'me', made: 'up' }, { path }))
  const sent = gateway.simulator.requests.findLast(
    ({ method, path: at }) => method === 'POST' && at === '/v1/embeddings',
  )
  expect(sent?.body).toEqual({ model: 'embeddinggemma-300m', input: ['Hi'], encoding_format: 'base64' })
})

describe('a request that does not fit is refused', () => {
  test.each([
    [{ input: undefined }, 'input', 'nothing'],
    [{ input: [] }, 'input', 'an empty list'],
    [{ input: '' }, 'input', 'an empty string'],
    [{ input: ['a', 'b', 'c', ''] }, 'input[3]', 'an empty string'],
    [{ input: ['a', 1] }, 'input[1]', '1'],
    [{ input: [1, -1] }, 'input[1]', '-1'],
    [{ input: [1, 2.5] }, 'input[1]', '2.5'],
    [{ input: [[1], []] }, 'input[1]', 'an empty list'],
    [{ input: [[1], [2, 99_999_999]] }, 'input[1][1]', '99999999'],
    [{ input: Array.from({ length: 2049 }, () => 'a') }, 'input', 'a list of 2049'],
    [{ input: 'a', dimensions: 0 }, 'dimensions', '0'],
    [{ input: 'a', dimensions: 769 }, 'dimensions', '769'],
    [{ input: 'a', encoding_format: 'hex' }, 'encoding_format', '"hex"'],
  ])('%j names %s', async (body, field, found) => {
    const response = await ask(gateway, { model, ...body }, { path })
    expect(response.status).toBe(422)
    const { param, message } = await errorOf(response)
    expect(param).toBe(field)
    expect(message).toContain(`\`${field}\`: found ${found}, wanted `)
  })

  test('what is missing is named with what is wanted', async () => {
    const { message } = await errorOf(await ask(gateway, { model }, { path }))
    expect(message).toBe('`input`: found nothing, wanted a string, a list of strings, or token ids.')
  })

  test('a field of vLLM is refused by its name', async () => {
    const response = await ask(gateway, { model, input: 'a', add_special_tokens: false }, { path })
    expect(response.status).toBe(400)
    expect((await errorOf(response)).param).toBe('add_special_tokens')
  })

  test('dimensions beyond the model say what there is', async () => {
    const response = await ask(gateway, { model, input: 'a', dimensions: 4096 }, { path })
    expect((await errorOf(response)).message).toContain('at most 768')
  })
})

describe('an input that is longer than the model takes', () => {
  const long = Array.from({ length: 2100 }, (_, at) => `w${at}`).join(' ')

  test('is refused with its index and its length', async () => {
    const response = await ask(gateway, { model, input: ['a', 'b', long] }, { path })
    expect(response.status).toBe(400)
    const { code, param, message } = await errorOf(response)
    expect({ code, param }).toEqual({ code: 'context_length_exceeded', param: 'input[2]' })
    expect(message).toMatch(/maximum context length is 2048 tokens: `input\[2\]` has (2101|2102)\./)
  })

  test.each([{ truncate_prompt_tokens: -1 }, { truncate: true }, { truncate: 'END' }])(
    'is cut to what the model takes with %j',
    async (cut) => {
      const { usage, data } = await bodyOf(await ask(gateway, { model, input: [long, 'b'], ...cut }, { path }))
      expect(usage.prompt_tokens).toBe(2048 + 2)
      expect(data).toHaveLength(2)
    },
  )

  test('is cut to the tokens that the caller says', async () => {
    const cut = await bodyOf(await ask(gateway, { model, input: long, truncate_prompt_tokens: 7 }, { path }))
    expect(cut.usage.prompt_tokens).toBe(7)
  })

  test('is refused by the model server where it could have fitted by its length', async () => {
    const dense = Array.from({ length: 2100 }, () => 'é').join(' ')
    const response = await ask(gateway, { model, input: ['a', dense] }, { path })
    expect(response.status).toBe(400)
    expect((await errorOf(response)).param).toBe('input[1]')
  })
})

test('the list of models tells its kind and its longest input, and its health says that it is ready', async () => {
  const headers = { authorization: `Bearer ${gateway.key}` }
  const list = (await (await fetch(`${gateway.url}/v1/models`, { headers })).json()) as { data: object[] }
  expect(list.data).toMatchObject([{ id: model, kind: 'embeddings', max_model_len: 2048 }])
  const health = await (await fetch(`${gateway.url}/embeddinggemma/health`)).json()
  expect(health).toMatchObject({ status: 'ok', kind: 'embeddings', upstream: 'ready', model: 'embeddinggemma-300m' })
})

test('a key without the service is refused', async () => {
  const headers = { authorization: `Bearer ${gateway.keyWithoutServices}` }
  const response = await ask(gateway, { model, input: 'a' }, { path, headers })
  expect(response.status).toBe(403)
})

test('a chat is refused in words where only embeddings are made', async () => {
  const response = await ask(gateway, { model, messages: [{ role: 'user', content: 'Hi' }] })
  expect(response.status).toBe(404)
  expect((await errorOf(response)).message).toContain('No service of this gateway chats')
})

test("the caller's limits are told in headers, and an answer has its request's id", async () => {
  const limited = await startEmbeddingsGateway({ service: 'limits: { requestsPerMinute: 100, tokensPerMinute: 5000 }' })
  try {
    const response = await ask(limited, { model, input: 'Hello world' }, { path })
    expect(response.headers.get('x-request-id')).toMatch(/^req_/)
    expect(response.headers.get('x-ratelimit-limit-requests')).toBe('100')
    expect(response.headers.get('x-ratelimit-remaining-requests')).toBe('99')
    expect(response.headers.get('x-ratelimit-limit-tokens')).toBe('5000')
  } finally {
    await limited.stop()
  }
})
