import { describe, expect, test } from 'vitest'
import { type Reply, replied, runSimulator, says, streamed, tool } from './running-simulator.ts'

const withUsage = { stream: true, stream_options: { include_usage: true } }
const continuous = { stream: true, stream_options: { include_usage: true, continuous_usage_stats: true } }

describe('a stream', () => {
  test('has exactly the events that vLLM sends', async () => {
    const { chat } = await runSimulator()
    const headers = { 'content-type': 'application/json', 'x-request-id': 'abc' }
    const response = await chat(says('[[think The user]][[say Hi]]', withUsage), { headers })
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    const text = await response.text()
    const P = `"id":"chatcmpl-abc","object":"chat.completion.chunk","created":${/"created":(\d+)/.exec(text)?.[1]},"model":"gemma-4-e2b"`
    const rest = '"logprobs":null,"finish_reason":null,"token_ids":null}]}'
    expect(text.split('\n\n')).toEqual([
      `data: {${P},"choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"prompt_token_ids":null,"prompt_text":null}`,
      `data: {${P},"choices":[{"index":0,"delta":{"reasoning":"The"},${rest}`,
      `data: {${P},"choices":[{"index":0,"delta":{"reasoning":" user"},${rest}`,
      `data: {${P},"choices":[{"index":0,"delta":{"content":"Hi"},${rest}`,
      `data: {${P},"choices":[{"index":0,"delta":{"content":""},"logprobs":null,"finish_reason":"stop","stop_reason":106,"token_ids":null}]}`,
      `data: {${P},"choices":[],"usage":{"prompt_tokens":14,"total_tokens":18,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":2}},"system_fingerprint":"vllm-0.28.0-simulated"}`,
      'data: [DONE]',
      '',
    ])
  })

  test('has no usage unless asked, and then the fingerprint is in the finishing event', async () => {
    const { chat } = await runSimulator()
    for (const rest of [{ stream: true }, { stream: true, stream_options: { continuous_usage_stats: true } }]) {
      const events = await streamed(chat(says('[[say Hi]]', rest)))
      expect(events.filter((event: Reply) => event.usage !== undefined)).toEqual([])
      expect(events.at(-2)).toMatchObject({ system_fingerprint: 'vllm-0.28.0-simulated' })
    }
  })

  test('tells what was generated so far in every event, once continuous usage is asked for', async () => {
    const { chat } = await runSimulator()
    const events = await streamed(chat(says('[[think a]][[say b c]]', continuous)))
    const usages = events.slice(0, -2).map(({ usage }: Reply) => usage)
    expect(usages.map((usage: Reply) => usage.completion_tokens)).toEqual([0, 1, 2, 3, 4])
    expect(usages.map((usage: Reply) => usage.completion_tokens_details.reasoning_tokens)).toEqual([0, 1, 1, 1, 1])
    expect(usages.every((usage: Reply) => usage.total_tokens === usage.prompt_tokens + usage.completion_tokens)).toBe(
      true,
    )
    expect(events.at(-2).usage).toMatchObject({ completion_tokens: 4 })
  })

  test('gives a tool call a head without arguments, then arguments without anything else', async () => {
    const { chat } = await runSimulator()
    const tools = [tool('f'), tool('g')]
    const events = await streamed(chat(says('[[call f {"a":1}]][[call g {"b":2}]]', { stream: true, tools })))
    const deltas = events.slice(1, -2).map((event: Reply) => event.choices[0].delta.tool_calls[0])
    const heads = deltas.filter((call: Reply) => call.id !== undefined)
    expect(heads.map((call: Reply) => [Object.keys(call), call.index, call.function])).toEqual([
      [['id', 'type', 'index', 'function'], 0, { name: 'f' }],
      [['id', 'type', 'index', 'function'], 1, { name: 'g' }],
    ])
    const pieces = deltas.filter((call: Reply) => call.id === undefined)
    expect(pieces.every((call: Reply) => Object.keys(call).join() === 'index,function')).toBe(true)
    expect(pieces.every((call: Reply) => Object.keys(call.function).join() === 'arguments')).toBe(true)
    expect(events.at(-2).choices[0]).toMatchObject({ delta: {}, finish_reason: 'tool_calls', stop_reason: 50 })
  })

  test('puts everything into one delta where a directive merges it', async () => {
    const { chat } = await runSimulator()
    const body = says('[[merge]][[think why]][[say Hi]][[call f {"a":1}]]', { stream: true, tools: [tool('f')] })
    const events = await streamed(chat(body))
    expect(events).toHaveLength(4)
    const { delta } = events[1].choices[0]
    expect(Object.keys(delta)).toEqual(['content', 'reasoning', 'tool_calls'])
    expect(delta.tool_calls[0].function).toEqual({ name: 'f', arguments: '{"a":1}' })
  })

  test('carries the last text in its finishing event where max_tokens cut it', async () => {
    const { chat } = await runSimulator()
    const events = await streamed(chat(says('[[words 9]]', { stream: true, max_tokens: 2 })))
    expect(events.at(-2).choices[0]).toMatchObject({
      delta: { content: ' w2' },
      finish_reason: 'length',
      stop_reason: null,
    })
  })

  test('sends the choices in turn, each with its own usage', async () => {
    const { chat } = await runSimulator()
    const events = await streamed(chat(says('[[say a b]]', { ...continuous, n: 2 })))
    const chunks = events.slice(0, -2)
    expect(chunks.map((event: Reply) => event.choices[0].index)).toEqual([0, 1, 0, 1, 0, 1, 0, 1])
    expect(chunks.map((event: Reply) => event.usage.completion_tokens)).toEqual([0, 0, 1, 1, 2, 2, 3, 3])
    expect(events.at(-2).usage.completion_tokens).toBe(6)
  })

  test('empties the deltas of later calls where parallel calls are off, and sends them still', async () => {
    const { chat } = await runSimulator()
    const rest = { stream: true, tools: [tool('a'), tool('b')], parallel_tool_calls: false }
    const events = await streamed(chat(says('[[call a {}]][[call b {}]]', rest)))
    const calls = events.slice(1, -2).map((event: Reply) => event.choices[0].delta.tool_calls)
    expect(calls.filter((call: Reply) => call?.[0].index > 0)).toEqual([])
    expect(calls.filter((call: Reply) => call === undefined).length).toBeGreaterThan(0)
  })

  test('does not say tool_calls for a named tool, nor for a required one that was not called', async () => {
    const { chat } = await runSimulator()
    const tools = [tool('f')]
    const named = { stream: true, tools, tool_choice: { type: 'function', function: { name: 'f' } } }
    expect((await streamed(chat(says('f', named)))).at(-2).choices[0].finish_reason).toBe('stop')
    const required = { stream: true, tools, tool_choice: 'required' }
    expect((await streamed(chat(says('Hi', required)))).at(-2).choices[0].finish_reason).toBe('stop')
  })

  test('has the log probabilities of its tokens', async () => {
    const { chat } = await runSimulator()
    const events = await streamed(chat(says('[[say a b]]', { stream: true, logprobs: true, top_logprobs: 1 })))
    const tokens = events.slice(1, -1).flatMap((event: Reply) => event.choices[0].logprobs.content)
    expect(tokens.map(({ token }: Reply) => token)).toEqual(['a', ' b', '<turn|>'])
  })

  test('fails inside its 200 where too many log probabilities are asked for; a whole reply is refused', async () => {
    const { chat } = await runSimulator()
    const message =
      'Requested sample logprobs of 30, which is greater than max allowed: 20 (parameter=logprobs, value=30)'
    const error = { message, type: 'BadRequestError', param: 'logprobs', code: 400 }
    const greedy = { logprobs: true, top_logprobs: 30 }
    const response = await chat(says('Hi', { ...greedy, stream: true }))
    expect(response.status).toBe(200)
    expect(await response.text()).toBe(`data: ${JSON.stringify({ error })}\n\ndata: [DONE]\n\n`)
    const whole = await chat(says('Hi', greedy))
    expect(whole.status).toBe(400)
    expect(await whole.json()).toEqual({ error })
  })

  test.each([
    ['text', says('Hello there')],
    ['thinking', says('Hello there', { chat_template_kwargs: { enable_thinking: true } })],
    ['tool calls', says('[[say ok]][[call f {"a": 1}]][[call g]]', { tools: [tool('f'), tool('g')] })],
    ['a merged delta', says('[[merge]][[think a b]][[say c]][[call f {"a": 1}]]', { tools: [tool('f')] })],
    ['a cut', says('[[think a b c]][[words 50]]', { max_tokens: 20 })],
    ['a stop string', says('[[say a b c d]]', { stop: 'c' })],
    ['several choices', says('Hello', { n: 3 })],
    ['a cut tool call', says('[[call f {"a": "b c d e f"}]]', { tools: [tool('f')], max_tokens: 8 })],
  ])('adds up to the whole reply: %s', async (_, body) => {
    const { chat } = await runSimulator()
    const whole = await replied(chat(body))
    const events = await streamed(chat({ ...body, ...withUsage }))
    expect(foldChoices(events.slice(0, -2))).toEqual(whole.choices.map(plainChoice))
    const { prompt_tokens_details: _w, ...wholeUsage } = whole.usage
    const { prompt_tokens_details: _s, ...streamUsage } = events.at(-2).usage
    expect(streamUsage).toEqual(wholeUsage)
  })
})

function plainChoice({ message, finish_reason, stop_reason }: Reply): object {
  const calls = (message.tool_calls ?? []).map((call: Reply) => call.function)
  return { content: message.content ?? '', reasoning: message.reasoning ?? '', calls, finish_reason, stop_reason }
}

function foldChoices(chunks: readonly Reply[]): object[] {
  const choices: Reply[] = []
  for (const chunk of chunks) {
    const { index, delta, finish_reason, stop_reason } = chunk.choices[0]
    choices[index] ??= { content: '', reasoning: '', calls: [] }
    const choice = choices[index]
    choice.content += delta.content ?? ''
    choice.reasoning += delta.reasoning ?? ''
    for (const call of delta.tool_calls ?? []) {
      choice.calls[call.index] ??= { name: call.function.name, arguments: '' }
      choice.calls[call.index].arguments += call.function.arguments ?? ''
    }
    Object.assign(choice, { finish_reason, stop_reason })
  }
  return choices
}
