import OpenAI from 'openai'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { tokenId } from '../../src/simulator/request/tokenizer.ts'
import { ask, errorOf } from './ask.ts'
import { bodyOf, type LlamaGateway, embeddingsPath as path, startLlamaGateway } from './embeddings-rig.ts'
import { until } from './until.ts'

let gateway: LlamaGateway

beforeAll(async () => {
  // As llama-server is started where nobody thinks of it: it works on no more than 512 tokens at once.
  gateway = await startLlamaGateway({ llama: { ubatchTokens: 512, inputMs: 5, slots: 2 }, service: 'places: 1' })
})

afterEach(() => {
  gateway.llama.faults.clear()
  gateway.llama.state = 'ready'
})

afterAll(() => gateway.stop())

const model = 'embeddinggemma'

function embed(input: unknown, rest: object = {}): Promise<Response> {
  return ask(gateway, { model, input, ...rest }, { path })
}

function askedAt(route: string): readonly unknown[] {
  return gateway.llama.requests.filter(({ path: at }) => at === route).map(({ body }) => body)
}

/** A text of as many tokens, with the two marks that the model is given besides. */
function textOf(tokens: number): string {
  return Array.from({ length: tokens - 2 }, (_, at) => `w${at % 100}`).join(' ')
}

test("OpenAI's SDK is given vectors as short as it says, which the server cannot make", async () => {
  const sdk = new OpenAI({ apiKey: gateway.key, baseURL: `${gateway.url}/v1`, maxRetries: 0 })
  const { data, usage } = await sdk.embeddings.create({ model, input: ['Hello', 'world'], dimensions: 128 })
  expect(data.map(({ embedding }) => embedding.length)).toEqual([128, 128])
  expect(usage.prompt_tokens).toBe(6)
  expect(askedAt('/v1/embeddings').at(-1)).not.toHaveProperty('dimensions')
})

test('the model and its longest input are known', async () => {
  const health = await (await fetch(`${gateway.url}/${model}/health`)).json()
  expect(health).toMatchObject({ upstream: 'ready', model: 'embeddinggemma-300m', max_model_len: 2048 })
})

test('requests that share a batch are told their own tokens', async () => {
  const blocking = embed(Array.from({ length: 20 }, (_, at) => `t${at}`))
  await until(() => gateway.llama.running > 0)
  const sizes = [3, 9, 40, 7]
  const bodies = await Promise.all(sizes.map(async (tokens) => bodyOf(await embed(textOf(tokens)))))
  expect(bodies.map(({ usage }) => usage.prompt_tokens)).toEqual(sizes)
  await blocking
})

test('an input that is too long for the server, which calls it its own failure, is refused with its index', async () => {
  const response = await embed(['a', textOf(600)])
  expect(response.status).toBe(400)
  const { code, param, message } = await errorOf(response)
  expect({ code, param }).toEqual({ code: 'context_length_exceeded', param: 'input[1]' })
  expect(message).toContain('512 tokens')
})

test('what the server has said of its limit once is known: the next is not sent', async () => {
  await embed(textOf(600))
  const { length } = askedAt('/v1/embeddings')
  const response = await embed(['a', 'b', textOf(513)])
  const { param, message } = await errorOf(response)
  expect({ param, message }).toMatchObject({ param: 'input[2]', message: expect.stringContaining('has 513') })
  expect(askedAt('/v1/embeddings')).toHaveLength(length)
  expect((await bodyOf(await embed(textOf(512)))).usage.prompt_tokens).toBe(512)
})

test('an input is cut at its end, and keeps the mark that ends it', async () => {
  const { usage } = await bodyOf(await embed(textOf(600), { truncate: true }))
  expect(usage.prompt_tokens).toBe(512)
  const { input } = askedAt('/v1/embeddings').at(-1) as { input: number[][] }
  expect(input[0]).toHaveLength(512)
  expect([input[0]?.at(0), input[0]?.at(-1)]).toEqual([tokenId('<bos>'), tokenId('<eos>')])
})

test("an id beyond the model's vocabulary is refused before it is sent", async () => {
  const { length } = askedAt('/v1/embeddings')
  const response = await embed([
    [1, 2],
    [3, 262_144],
  ])
  expect(response.status).toBe(422)
  expect((await errorOf(response)).param).toBe('input[1][1]')
  expect(askedAt('/v1/embeddings')).toHaveLength(length)
})

test('a server that loads its model is told in words, and is asked again later', async () => {
  gateway.llama.state = 'loading'
  const response = await embed('a')
  expect(response.status).toBe(503)
  expect(response.headers.get('retry-after')).toBe('5')
  gateway.llama.state = 'ready'
  await bodyOf(await embed('a'))
})

test('half a character in a text fails nobody', async () => {
  expect((await embed(['a\ud800', 'b'])).status).toBe(200)
  const { input } = askedAt('/v1/embeddings').at(-1) as { input: string[] }
  expect(input).toEqual(['a\ufffd', 'b'])
})
