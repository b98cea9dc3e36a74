import { describe, expect, test } from 'vitest'
import { replied, runSimulator, says } from './running-simulator.ts'

describe('a whole reply', () => {
  test('has exactly the keys and nulls that vLLM sends, in its order', async () => {
    const { chat } = await runSimulator()
    const text = await (await chat(says('Hello there'), { headers: idHeaders })).text()
    const created = /"created":(\d+)/.exec(text)?.[1]
    expect(text).toBe(
      `{"id":"chatcmpl-abc","object":"chat.completion","created":${created},"model":"gemma-4-e2b","choices":[{"index":0,` +
        '"message":{"role":"assistant","content":"Simulated reply: you said \\"Hello there\\" (1 message, 2 words, 0 images).",' +
        '"refusal":null,"annotations":null,"audio":null,"function_call":null,"reasoning":null},"logprobs":null,' +
        '"finish_reason":"stop","stop_reason":106,"token_ids":null,"routed_experts":null}],"service_tier":null,' +
        '"system_fingerprint":"vllm-0.28.0-simulated","usage":{"prompt_tokens":10,"total_tokens":26,"completion_tokens":16,' +
        '"prompt_tokens_details":{"cached_tokens":0,"created_cache_tokens":0,"multimodal_tokens":null},' +
        '"completion_tokens_details":{"reasoning_tokens":0}},"prompt_logprobs":null,"prompt_token_ids":null,' +
        '"prompt_text":null,"kv_transfer_params":null,"ec_transfer_params":null,"metrics":null}',
    )
  })

  test('is the same for the same request', async () => {
    const { chat } = await runSimulator()
    const [first, second] = await Promise.all([replied(chat(says('Again?'))), replied(chat(says('Again?')))])
    expect(first.choices).toEqual(second.choices)
    expect(first.usage).toEqual(second.usage)
  })

  test('takes its id from the caller, by header before body', async () => {
    const { chat } = await runSimulator()
    expect((await replied(chat(says('Hi', { request_id: 'mine' })))).id).toBe('chatcmpl-mine')
    expect((await replied(chat(says('Hi', { request_id: 'mine' }), { headers: idHeaders }))).id).toBe('chatcmpl-abc')
  })

  test('ignores fields it does not know without a word', async () => {
    const { chat } = await runSimulator()
    const response = await chat(says('Hi', { max_token: 1, store: true, functions: [{ name: 'x' }], guided_json: {} }))
    expect(response.status).toBe(200)
    expect((await replied(Promise.resolve(response))).choices[0].finish_reason).toBe('stop')
  })

  test('thinks only where it is told to, by template argument, by effort, or by the server', async () => {
    const { chat } = await runSimulator()
    const asked = { chat_template_kwargs: { enable_thinking: true } }
    const thought = await replied(chat(says('Hi', asked)))
    expect(thought.choices[0].message.reasoning).toMatch(/^Simulated thinking/)
    expect(thought.choices[0].message.content).toMatch(/^Simulated reply/)
    expect(thought.usage.completion_tokens_details.reasoning_tokens).toBeGreaterThan(5)
    const quiet = { reasoning_effort: 'high', chat_template_kwargs: { enable_thinking: false } }
    expect((await replied(chat(says('Hi', quiet)))).choices[0].message.reasoning).toBeNull()
    expect((await replied(chat(says('Hi', { reasoning_effort: 'none' })))).choices[0].message.reasoning).toBeNull()
    expect((await replied(chat(says('Hi', { reasoning_effort: 'low' })))).choices[0].message.reasoning).not.toBeNull()
    const { chat: chatThinking } = await runSimulator({ enableThinking: true })
    expect((await replied(chatThinking(says('Hi')))).choices[0].message.reasoning).not.toBeNull()
  })

  test('leaves thinking and its marks in the content where no reasoning parser runs', async () => {
    const { chat } = await runSimulator({ reasoningParser: false })
    const { choices, usage } = await replied(chat(says('[[think hm]][[say yes]]')))
    expect(choices[0].message).toMatchObject({ content: '<|channel>thought\nhm<channel|>yes', reasoning: null })
    expect(usage.completion_tokens_details).toBeNull()
  })

  test('is cut where max_tokens are used up, thinking first, and says length', async () => {
    const { chat } = await runSimulator()
    const cut = await replied(chat(says('[[words 9]]', { max_tokens: 4 })))
    expect(cut.choices[0]).toMatchObject({
      message: { content: 'w1 w2 w3 w4' },
      finish_reason: 'length',
      stop_reason: null,
    })
    expect(cut.usage.completion_tokens).toBe(4)
    const thinking = await replied(chat(says('[[think a b c]][[say d]]', { max_completion_tokens: 2, max_tokens: 99 })))
    expect(thinking.choices[0].message).toMatchObject({ reasoning: 'a b', content: null })
  })

  test('just fits max_tokens that hold its end, too', async () => {
    const { chat } = await runSimulator()
    const fits = await replied(chat(says('[[words 9]]', { max_tokens: 10 })))
    expect(fits.choices[0].finish_reason).toBe('stop')
    const short = await replied(chat(says('[[words 9]]', { max_tokens: 9 })))
    expect(short.choices[0]).toMatchObject({
      message: { content: 'w1 w2 w3 w4 w5 w6 w7 w8 w9' },
      finish_reason: 'length',
    })
  })

  test('stops before the earliest stop string and names it', async () => {
    const { chat } = await runSimulator()
    const { choices } = await replied(chat(says('[[say one two three]]', { stop: ['three', ' two'] })))
    expect(choices[0]).toMatchObject({ message: { content: 'one' }, finish_reason: 'stop', stop_reason: ' two' })
  })

  test('has as many choices as n says, each with its number', async () => {
    const { chat } = await runSimulator()
    const { choices, usage } = await replied(chat(says('Hi', { n: 3, seed: 7 })))
    expect(choices.map(({ index }: { index: number }) => index)).toEqual([0, 1, 2])
    expect(choices[1].message.content).toMatch(/^Simulated reply 2 of 3: /)
    const single = await replied(chat(says('Hi')))
    expect(usage.completion_tokens).toBeGreaterThan(3 * single.usage.completion_tokens)
  })

  test('has a log probability for every token, and as many likely ones as were asked for', async () => {
    const { chat } = await runSimulator()
    const { choices, usage } = await replied(chat(says('[[say Grüße you]]', { logprobs: true, top_logprobs: 3 })))
    const { content } = choices[0].logprobs
    expect(content).toHaveLength(usage.completion_tokens)
    for (const { token, bytes, logprob, top_logprobs } of content) {
      expect(Buffer.from(bytes).toString()).toBe(token)
      expect(logprob).toBeLessThan(0)
      expect(top_logprobs).toHaveLength(3)
      expect(top_logprobs[0]).toEqual({ token, bytes, logprob })
    }
    const bare = await replied(chat(says('[[say yes]]', { logprobs: true })))
    expect(bare.choices[0].logprobs.content[0].top_logprobs).toEqual([])
  })

  test('is JSON where JSON was asked for', async () => {
    const { chat } = await runSimulator()
    const schema = { type: 'object', properties: { mood: { enum: ['good', 'bad'] }, count: { type: 'integer' } } }
    const json_schema = { name: 'answer', schema }
    const shaped = await replied(chat(says('Hi', { response_format: { type: 'json_schema', json_schema } })))
    expect(JSON.parse(shaped.choices[0].message.content)).toEqual({ mood: 'good', count: 1 })
    const free = await replied(chat(says('Hi', { response_format: { type: 'json_object' } })))
    expect(JSON.parse(free.choices[0].message.content)).toMatchObject({ simulated: true })
  })

  test('counts what the prefix cache would hold of a conversation, in blocks of 16', async () => {
    const { chat } = await runSimulator()
    const messages = [
      { role: 'system', content: 'word '.repeat(40) },
      { role: 'user', content: 'Hi' },
    ]
    const { usage } = await replied(chat({ messages }))
    expect(usage.prompt_tokens_details.cached_tokens).toBe(32)
    const { chat: chatPlain } = await runSimulator({ cachedTokens: false })
    expect((await replied(chatPlain({ messages }))).usage.prompt_tokens_details).toBeNull()
  })
})

const idHeaders = { 'content-type': 'application/json', 'x-request-id': 'abc' }
