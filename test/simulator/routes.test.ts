import { describe, expect, test } from 'vitest'
import { replied, runSimulator, says, tool } from './running-simulator.ts'

describe('the routes', () => {
  test('list one model, with no route for a single one', async () => {
    const { url } = await runSimulator({ model: 'mine', maxModelLen: 4096, root: '/srv/mine' })
    const { object, data } = await replied(fetch(`${url}/v1/models`))
    expect([object, data.length]).toEqual(['list', 1])
    expect(Object.keys(data[0])).toEqual([
      'id',
      'object',
      'created',
      'owned_by',
      'root',
      'parent',
      'max_model_len',
      'permission',
    ])
    expect(data[0]).toMatchObject({
      id: 'mine',
      owned_by: 'vllm',
      root: '/srv/mine',
      parent: null,
      max_model_len: 4096,
    })
    const single = await fetch(`${url}/v1/models/mine`)
    expect(single.status).toBe(404)
    const error = { message: 'Not Found', type: 'Not Found', param: null, code: 404 }
    expect(await single.json()).toEqual({ error })
  })

  test('answer health with nothing, and the version with its number', async () => {
    const { url } = await runSimulator()
    const health = await fetch(`${url}/health`)
    expect([health.status, await health.text()]).toEqual([200, ''])
    expect(await (await fetch(`${url}/version`)).json()).toEqual({ version: '0.28.0' })
  })

  test('refuse another method', async () => {
    const { url } = await runSimulator()
    const response = await fetch(`${url}/v1/chat/completions`)
    expect(response.status).toBe(405)
    expect((await replied(Promise.resolve(response))).error.message).toBe('Method Not Allowed')
  })

  test('below /v1 need the key where there is one; the others stay open', async () => {
    const { chat, post, url } = await runSimulator({ apiKey: 'secret key' })
    const json = { 'content-type': 'application/json' }
    for (const headers of [
      json,
      { ...json, authorization: 'Bearer secret' },
      { ...json, authorization: 'Basic secret key' },
    ]) {
      const response = await chat(says('Hi'), { headers })
      expect([response.status, await response.text()]).toEqual([401, '{"error":"Unauthorized"}'])
    }
    expect((await fetch(`${url}/v1/nowhere`)).status).toBe(401)
    expect((await chat(says('Hi'), { headers: { ...json, authorization: 'bearer secret key' } })).status).toBe(200)
    for (const path of ['/health', '/metrics', '/version', '/is_sleeping'])
      expect((await fetch(url + path)).status).toBe(200)
    expect((await post('/tokenize', says('Hi'))).status).toBe(200)
  })

  test('tokenize text and conversations, and ignore what tokenize does not know', async () => {
    const { post } = await runSimulator()
    const plain = await replied(post('/tokenize', { prompt: 'Hello there', return_token_strs: true }))
    expect(plain).toEqual({
      count: 3,
      max_model_len: 8192,
      tokens: [2, expect.any(Number), expect.any(Number)],
      token_strs: ['<bos>', 'Hello', ' there'],
    })
    const bare = await replied(post('/tokenize', says('Hi')))
    expect(bare.token_strs).toBeNull()
    expect((await replied(post('/tokenize', says('Hi', { reasoning_effort: 'high', tool_choice: null })))).count).toBe(
      bare.count,
    )
    const thinking = { chat_template_kwargs: { enable_thinking: true } }
    expect((await replied(post('/tokenize', says('Hi', thinking)))).count).toBeGreaterThan(bare.count)
    expect((await replied(post('/tokenize', says('Hi', { tools: [tool('f')] })))).count).toBeGreaterThan(
      bare.count + 10,
    )
    expect((await replied(post('/tokenize', says('Hi', { add_generation_prompt: false })))).count).toBeLessThan(
      bare.count,
    )
    expect(
      (await replied(post('/tokenize', says('a<turn|>b')))).tokens.filter((id: number) => id === 106),
    ).toHaveLength(2)
    expect((await post('/tokenize', says('Hi', { model: 'other' }))).status).toBe(404)
    expect((await replied(post('/tokenize', says('x '.repeat(20_000))))).count).toBeGreaterThan(20_000)
  })

  test('render what a request would be generated from', async () => {
    const { post } = await runSimulator()
    const rendered = await replied(post('/v1/chat/completions/render', says('Hi', { temperature: 0.5, max_tokens: 9 })))
    const { tokens } = await replied(post('/tokenize', says('Hi')))
    expect(rendered.token_ids).toEqual(tokens)
    expect(rendered.sampling_params).toMatchObject({ temperature: 0.5, top_p: 0.95, top_k: 64, max_tokens: 9 })
    expect((await post('/v1/chat/completions/render', says('Hi', { temperature: 5 }))).status).toBe(400)
  })

  test('embed text in deterministic unit vectors, also as base64 and shorter', async () => {
    const { post } = await runSimulator()
    const { data, usage, object } = await replied(post('/v1/embeddings', { input: ['one', 'two', 'one'] }))
    const [one, two, again] = data.map(({ embedding }: { embedding: number[] }) => embedding)
    expect([object, one.length, usage.prompt_tokens]).toEqual(['list', 768, 6])
    expect(one).toEqual(again)
    expect(one).not.toEqual(two)
    expect(Math.hypot(...one)).toBeCloseTo(1, 5)
    const packed = await replied(post('/v1/embeddings', { input: 'one', encoding_format: 'base64' }))
    const bytes = Buffer.from(packed.data[0].embedding, 'base64')
    expect(bytes.readFloatLE(0)).toBeCloseTo(one[0], 6)
    const short = await replied(post('/v1/embeddings', { input: [1, 2, 3], dimensions: 128 }))
    expect(short.data).toHaveLength(1)
    expect(Math.hypot(...short.data[0].embedding)).toBeCloseTo(1, 5)
    expect((await post('/v1/embeddings', {})).status).toBe(400)
  })
})
