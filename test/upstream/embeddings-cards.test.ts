import { expect, onTestFinished, test } from 'vitest'
import { createLlamaSimulator } from '../../src/simulator/llama/llama-simulator.ts'
import { createEmbeddingsCards, type EmbeddingsCardsOptions } from '../../src/upstream/embeddings-cards.ts'
import { failureOf } from '../chat/failure-of.ts'
import { runSimulator } from '../simulator/running-simulator.ts'
import { httpAnswer, runRawServer } from './raw-server.ts'
import { startServers } from './running-upstream.ts'

function openCards(urls: readonly string[], options: Partial<EmbeddingsCardsOptions> = {}) {
  const servers = startServers(urls)
  const told: string[] = []
  const cards = createEmbeddingsCards({
    ...{ servers: servers.all, kind: 'auto', model: null, inputTokens: null },
    onChange: (state) => told.push(state),
    ...options,
  })
  onTestFinished(() => cards.stop())
  return { cards, told }
}

async function runLlama(options: Parameters<typeof createLlamaSimulator>[0] = {}) {
  const simulator = createLlamaSimulator(options)
  onTestFinished(() => simulator.close())
  return { simulator, url: (await simulator.listen()).url }
}

const vllm = { serves: 'embeddings', maxModelLen: 1024 } as const

test('vLLM says how long an input may be', async () => {
  const { url } = await runSimulator(vllm)
  expect(await openCards([url]).cards.current()).toMatchObject({ inputTokens: 1024, isStrict: false, vocabulary: null })
})

test('llama-server says it of its context, which may be smaller than the one of its model', async () => {
  const { url, simulator } = await runLlama({ contextTokens: 512 })
  const card = await openCards([url]).cards.current()
  expect(card).toEqual({ model: 'embeddinggemma-300m', inputTokens: 512, isStrict: false, vocabulary: 262_144 })
  expect(simulator.requests.map(({ path }) => path)).toEqual(['/v1/models', '/props'])
})

test('vLLM is not asked for what only llama-server has', async () => {
  const { url, simulator } = await runSimulator(vllm)
  await openCards([url]).cards.current()
  expect(simulator.requests.map(({ path }) => path)).toEqual(['/v1/models', '/v1/embeddings'])
})

test("the owner's bound is kept here, unless the server's is smaller", async () => {
  const { url } = await runSimulator(vllm)
  const strict = openCards([url], { inputTokens: 100 }).cards
  expect(await strict.current()).toMatchObject({ inputTokens: 100, isStrict: true })
  const wide = openCards([url], { inputTokens: 9000 }).cards
  expect(await wide.current()).toMatchObject({ inputTokens: 1024, isStrict: false })
})

test('of several servers the smallest bound holds', async () => {
  const [first, second] = [await runSimulator(vllm), await runLlama()]
  const { cards } = openCards([first.url, second.url])
  cards.start()
  await expect.poll(() => cards.known?.vocabulary).toBe(262_144)
  await expect.poll(() => cards.known?.inputTokens).toBe(1024)
})

test('a server that tells no length is of use, and its inputs are bounded by itself alone', async () => {
  const { url } = await runRawServer((socket) => socket.write(httpAnswer('{"data":[{"id":"m"}]}')))
  expect(await openCards([url]).cards.current()).toMatchObject({ model: 'm', inputTokens: null })
})

test('while nobody answers there is no card', async () => {
  const { url, simulator } = await runLlama()
  simulator.state = 'loading'
  const { cards, told } = openCards([url])
  expect((await failureOf(() => cards.current())).kind).toBe('upstream-unavailable')
  expect(cards.known).toBeUndefined()
  simulator.state = 'ready'
  expect((await cards.current()).model).toBe('embeddinggemma-300m')
  expect(told).toEqual(['waiting', 'ready'])
})

test("an owner's word makes it llama-server, also where it does not tell its context", async () => {
  const answers = ['{"data":[{"id":"m","owned_by":"proxy","meta":{"n_ctx_train":2048}}]}', 'not JSON']
  const { url } = await runRawServer((socket, before) => socket.write(httpAnswer(answers[before] ?? '')))
  const { cards } = openCards([url], { kind: 'llama.cpp' })
  expect(await cards.current()).toMatchObject({ model: 'm', inputTokens: 2048 })
})
