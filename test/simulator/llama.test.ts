import { describe, expect, test } from 'vitest'
import { runLlama } from './running-look-alikes.ts'
import { replied, until } from './running-simulator.ts'

async function answered(answer: Promise<Response>): Promise<[number, string]> {
  const response = await answer
  return [response.status, await response.text()]
}

describe('embeddings', () => {
  test('have the keys of llama-server, in its order, and length 1', async () => {
    const { embed } = await runLlama()
    const reply = await replied(embed({ input: ['cat', 'dog', 'cat'], model: 'whatever', dimensions: 3 }))
    expect(Object.keys(reply)).toEqual(['model', 'object', 'usage', 'data'])
    expect(reply).toMatchObject({ model: 'whatever', object: 'list', usage: { prompt_tokens: 9, total_tokens: 9 } })
    const [cat, dog, again] = reply.data
    expect(Object.keys(cat)).toEqual(['embedding', 'index', 'object'])
    expect([cat.index, dog.index, again.index]).toEqual([0, 1, 2])
    expect(cat.embedding).toHaveLength(768)
    expect(cat.embedding).toEqual(again.embedding)
    expect(cat.embedding).not.toEqual(dog.embedding)
    expect(Math.hypot(...cat.embedding)).toBeCloseTo(1, 5)
  })

  test('are the same in base64', async () => {
    const { embed } = await runLlama({ dimensions: 4 })
    const [{ embedding }] = (await replied(embed({ input: 'cat' }))).data
    const [packed] = (await replied(embed({ input: 'cat', encoding_format: 'base64' }))).data
    expect(Object.keys(packed)).toEqual(['embedding', 'index', 'object', 'encoding_format'])
    const bytes = Buffer.from(packed.embedding, 'base64')
    expect([0, 4, 8, 12].map((at) => bytes.readFloatLE(at))).toEqual(embedding)
  })

  test('take tokens as they are, one list or several, and words among them', async () => {
    const { embed } = await runLlama({ dimensions: 2 })
    const counted = async (input: unknown) => {
      const { data, usage } = await replied(embed({ input }))
      return [data.length, usage.prompt_tokens]
    }
    expect(await counted([5, 6, 7])).toEqual([1, 3])
    expect(await counted([[5, 6], [7]])).toEqual([2, 3])
    expect(await counted([5, 'word', 7])).toEqual([1, 3])
    expect(await counted(['word', [7]])).toEqual([2, 4])
    expect(await counted('')).toEqual([1, 2])
  })

  test('have the shape of before where that is asked for', async () => {
    const { post, embed } = await runLlama({ dimensions: 2 })
    const old = [{ index: 0, embedding: [[expect.any(Number), expect.any(Number)]] }]
    for (const path of ['/embedding', '/embeddings']) expect(await replied(post(path, { input: 'a' }))).toEqual(old)
    expect(await replied(embed({ content: 'a' }))).toEqual(old)
  })
})

describe('a refusal', () => {
  test.each([
    [{ input: [] }, 500, 'server_error', '"prompt" must not be empty'],
    [{ input: null }, 500, 'server_error', /^"prompt" elements must be a string, a list of tokens/],
    [{ input: [true] }, 500, 'server_error', /^"prompt" elements must be/],
    ['{"input', 500, 'server_error', /^\[json\.exception\.parse_error\.101\]/],
    [{}, 400, 'invalid_request_error', '"input" or "content" must be provided'],
    [{ input: [-1] }, 400, 'invalid_request_error', 'Prompt contains invalid tokens'],
    [{ input: 'a', encoding_format: 'int8' }, 400, 'invalid_request_error', /^The format to return/],
    [{ input: 'a', encoding_format: null }, 500, 'server_error', /type must be string, but is null$/],
  ])('of %j is %d', async (body, code, type, message) => {
    const { embed } = await runLlama()
    const response = await embed(body)
    expect([response.status, response.headers.get('content-type')]).toEqual([code, 'application/json; charset=utf-8'])
    const { error } = await replied(Promise.resolve(response))
    expect(Object.keys(error)).toEqual(['code', 'message', 'type'])
    expect([error.code, error.type]).toEqual([code, type])
    expect(error.message).toMatch(message)
  })

  test('of one input that is too long refuses all, without saying which', async () => {
    const { embed } = await runLlama({ ubatchTokens: 10 })
    const long = 'word '.repeat(8).trim()
    expect((await embed({ input: ['cat', long] })).status).toBe(200)
    const message =
      'input (11 tokens) is too large to process. increase the physical batch size (current batch size: 10)'
    const json = JSON.stringify({ error: { code: 500, message, type: 'server_error' } })
    expect(await answered(embed({ input: ['cat', `${long} word`, 'dog'] }))).toEqual([500, json])
  })

  test('of an input longer than its context has another kind', async () => {
    const { embed } = await runLlama({ ubatchTokens: 100, contextTokens: 3 })
    const message = 'input (4 tokens) is larger than the max context size (3 tokens). skipping'
    const error = { code: 400, message, type: 'exceed_context_size_error', n_prompt_tokens: 4, n_ctx: 3 }
    expect(await replied(embed({ input: 'two words' }))).toEqual({ error })
  })

  test('of everything comes while it loads, but for nothing else', async () => {
    const { simulator, url, embed } = await runLlama()
    simulator.state = 'loading'
    const json = '{"error":{"message":"Loading model","type":"unavailable_error","code":503}}'
    expect(await answered(embed({ input: 'a' }))).toEqual([503, json])
    expect(await answered(fetch(`${url}/health`))).toEqual([503, json])
    simulator.state = 'ready'
    expect(await answered(fetch(`${url}/health`))).toEqual([200, '{"status":"ok"}'])
  })

  test('of those without the key leaves health open', async () => {
    const { url, embed } = await runLlama({ apiKey: 'secret' })
    const json = '{"error":{"message":"Invalid API Key","type":"authentication_error","code":401}}'
    expect(await answered(embed({ input: 'a' }))).toEqual([401, json])
    expect(await answered(fetch(`${url}/v1/models`))).toEqual([401, json])
    expect((await fetch(`${url}/health`)).status).toBe(200)
    expect((await embed({ input: 'a' }, { headers: { authorization: 'Bearer secret' } })).status).toBe(200)
  })

  test('of what it does not have is in its words', async () => {
    const { url, post } = await runLlama()
    const missing = '{"error":{"message":"File Not Found","type":"not_found_error","code":404}}'
    expect(await answered(fetch(`${url}/v1/embeddings`))).toEqual([404, missing])
    expect((await fetch(`${url}/metrics`)).status).toBe(501)
    expect((await post('/v1/chat/completions', {})).status).toBe(500)
  })
})

describe('the server', () => {
  test('tells its model, its width and its context, and counts as it embeds', async () => {
    const { url, post, embed } = await runLlama({ model: 'mine', dimensions: 5, contextTokens: 512, slots: 2 })
    const { data, models } = await replied(fetch(`${url}/v1/models`))
    expect(data[0]).toMatchObject({ id: 'mine', owned_by: 'llamacpp', meta: { n_embd: 5, n_ctx: 512 } })
    expect(models[0]).toMatchObject({ name: 'mine', capabilities: ['completion'] })
    expect(await replied(fetch(`${url}/props`))).toMatchObject({ total_slots: 2, model_alias: 'mine' })
    const content = 'How many are these?'
    const { usage } = await replied(embed({ input: content }))
    expect((await replied(post('/tokenize', { content, add_special: true }))).tokens).toHaveLength(usage.prompt_tokens)
    expect((await replied(post('/tokenize', { content }))).tokens).toHaveLength(usage.prompt_tokens - 2)
    expect((await fetch(url)).headers.get('server')).toBe('llama.cpp (look-alike)')
  })

  test('runs as many inputs as it has slots, those that came first before those that came later', async () => {
    const { simulator, embed } = await runLlama({ slots: 2, inputMs: 20 })
    const order: string[] = []
    const ask = async (name: string, input: string[]) => {
      await replied(embed({ input }))
      order.push(name)
    }
    const many = ask('many', ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'])
    await until(() => simulator.waiting === 6)
    expect(simulator.running).toBe(2)
    await Promise.all([many, ask('one', ['z'])])
    expect(order).toEqual(['many', 'one'])
  })

  test('forgets the inputs of a client that leaves', async () => {
    const { simulator, embed } = await runLlama({ slots: 1, inputMs: 60_000 })
    const leave = new AbortController()
    const left = embed({ input: ['a', 'b', 'c'] }, { signal: leave.signal }).catch(() => 'left')
    await until(() => simulator.waiting === 2)
    leave.abort()
    expect(await left).toBe('left')
    await until(() => simulator.running + simulator.waiting === 0)
    expect(simulator.requests[0]).toMatchObject({ closedBy: 'client', body: { input: ['a', 'b', 'c'] } })
  })

  test('fails as it is told to', async () => {
    const { simulator, embed } = await runLlama()
    simulator.faults.next('status 503')
    expect((await embed({ input: 'a' })).status).toBe(503)
    simulator.faults.next('engine-dead')
    expect(await replied(embed({ input: 'a' }))).toEqual({
      error: { code: 500, message: 'Compute error.', type: 'server_error' },
    })
    simulator.faults.next('reset-after 10')
    await expect((await embed({ input: 'a' })).text()).rejects.toThrow()
    simulator.faults.next('hang')
    const leave = new AbortController()
    const left = embed({ input: 'a' }, { signal: leave.signal }).catch(() => 'left')
    await until(() => simulator.requests.length === 4)
    leave.abort()
    expect(await left).toBe('left')
  })
})
