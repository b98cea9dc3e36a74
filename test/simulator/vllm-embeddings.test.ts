import { describe, expect, test } from 'vitest'
import { replied, runSimulator, until } from './running-simulator.ts'

const embedder = { serves: 'embeddings' } as const

async function refused(answer: Promise<Response>): Promise<{ status: number; message: string }> {
  const response = await answer
  const { error } = await replied(Promise.resolve(response))
  return { status: response.status, message: error.message }
}

describe('a vLLM that serves embeddings', () => {
  test('mounts no other routes', async () => {
    const { post, url } = await runSimulator(embedder)
    expect((await post('/v1/chat/completions', {})).status).toBe(404)
    expect((await post('/v1/audio/transcriptions', {})).status).toBe(404)
    expect((await replied(fetch(`${url}/v1/models`))).data[0].id).toBe('embeddinggemma-300m')
    expect((await post('/tokenize', { prompt: 'Hello' })).status).toBe(200)
    expect((await (await runSimulator({ serves: 'transcription' })).post('/v1/embeddings', {})).status).toBe(404)
  })

  test('has usage with zeros and nulls, and vectors in order', async () => {
    const { post } = await runSimulator(embedder)
    const reply = await replied(post('/v1/embeddings', { input: [[1, 2], [3]] }))
    expect(Object.keys(reply)).toEqual(['id', 'object', 'created', 'model', 'data', 'usage'])
    expect(reply.id).toMatch(/^embd-/)
    expect(reply.usage).toEqual({
      ...{ prompt_tokens: 3, total_tokens: 3, completion_tokens: 0, prompt_tokens_details: null },
    })
    expect(reply.data.map(({ index }: { index: number }) => index)).toEqual([0, 1])
  })

  test('refuses dimensions unless its model was made for them', async () => {
    const ask = { input: 'a', dimensions: 256 }
    const { post } = await runSimulator({ ...embedder, model: 'bge', matryoshka: false })
    const advice = 'changing output dimensions will lead to poor results.'
    const message = `Model "bge" does not support matryoshka representation, ${advice}`
    expect(await refused(post('/v1/embeddings', ask))).toEqual({ status: 400, message })
    const { post: postSome } = await runSimulator({ ...embedder, matryoshka: [512, 128] })
    expect((await refused(postSome('/v1/embeddings', ask))).message).toMatch(/only supports \[512, 128\] matryoshka/)
    expect((await postSome('/v1/embeddings', { ...ask, dimensions: 128 })).status).toBe(200)
    const { post: postAny } = await runSimulator(embedder)
    const { data } = await replied(postAny('/v1/embeddings', ask))
    expect(data[0].embedding).toHaveLength(256)
    expect((await refused(postAny('/v1/embeddings', { ...ask, dimensions: 0 }))).message).toMatch(/greater than 0$/)
  })

  test('refuses what is over its context, or cuts it where it is told to', async () => {
    const { post } = await runSimulator({ ...embedder, maxModelLen: 10 })
    const input = ['short', 'word '.repeat(10)]
    const { status, message } = await refused(post('/v1/embeddings', { input }))
    expect(status).toBe(400)
    expect(message).toMatch(
      /^This model's maximum context length is 10 tokens\. However, you requested 0 output tokens/,
    )
    const cut = await replied(post('/v1/embeddings', { input, truncate_prompt_tokens: 4 }))
    expect(cut.usage.prompt_tokens).toBe(6)
    expect((await replied(post('/v1/embeddings', { input, truncate_prompt_tokens: -1 }))).usage.prompt_tokens).toBe(12)
    expect((await refused(post('/v1/embeddings', { input, truncate_prompt_tokens: 11 }))).message).toMatch(
      /^truncate_prompt_tokens value is greater than max_model_len\./,
    )
  })

  test.each([
    [{}, 400, /'missing'.*\('body', 'input'\)/],
    [{ input: [] }, 400, /non-empty/],
    [{ input: [1, 'a'] }, 400, /'list_type'/],
    [{ input: 'a', encoding_format: 'int8' }, 400, /'literal_error'/],
    [{ input: 'a', model: 'other' }, 404, /does not exist/],
  ])('refuses %j', async (body, status, message) => {
    const { post } = await runSimulator(embedder)
    const found = await refused(post('/v1/embeddings', body))
    expect(found.status).toBe(status)
    expect(found.message).toMatch(message)
  })

  test('runs as many requests as it has places, and forgets those whose client leaves', async () => {
    const { simulator, url } = await runSimulator({ ...embedder, maxNumSeqs: 1, firstTokenMs: 60_000 })
    const leave = new AbortController()
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"input":"a"}' }
    const asked = [1, 2].map(() => fetch(`${url}/v1/embeddings`, { ...init, signal: leave.signal }).catch(() => 'left'))
    await until(() => simulator.running === 1 && simulator.waiting === 1)
    leave.abort()
    expect(await Promise.all(asked)).toEqual(['left', 'left'])
    await until(() => simulator.running + simulator.waiting === 0)
  })

  test('fails what runs and what comes once it is dead, and as it is told to', async () => {
    const { simulator, post } = await runSimulator({ ...embedder, firstTokenMs: 60_000 })
    const running = post('/v1/embeddings', { input: 'a' })
    await until(() => simulator.running === 1)
    simulator.state = 'dead'
    expect([(await running).status, (await post('/v1/embeddings', { input: 'a' })).status]).toEqual([500, 500])
    simulator.faults.next('status 400')
    expect((await refused(post('/v1/embeddings', { input: 'a' }))).message).toBe('This request was refused on request.')
  })
})
