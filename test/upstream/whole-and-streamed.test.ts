import { describe, expect, test } from 'vitest'
import type { ChatReply } from '../../src/chat/chat-reply.ts'
import type { ChatRequest } from '../../src/chat/chat-request.ts'
import { openVisit } from '../chat/open-visit.ts'
import { asks, tool } from './chat-requests.ts'
import { expectGrammar } from './event-grammar.ts'
import { chatPath, type RunningUpstream, replyOf, runUpstream } from './running-upstream.ts'

/** A reply without what differs from one asking to the next. */
function comparable({ choices, usage }: ChatReply): unknown {
  return {
    usage,
    choices: choices.map((choice) => ({
      ...choice,
      toolCalls: choice.toolCalls.map(({ name, json }) => ({ name, json })),
    })),
  }
}

async function bothWays({ ask, asked }: RunningUpstream, request: ChatRequest) {
  const streamed = await ask(request, openVisit({ streamed: true }))
  const whole = await ask(request, openVisit({ streamed: false }))
  const forms = new Set(asked(chatPath).map(({ body }) => (body as { stream?: boolean }).stream))
  expect([...forms]).toEqual([true, undefined])
  for (const events of [streamed, whole]) expectGrammar(events, request.n ?? 1)
  expect(comparable(replyOf(streamed))).toEqual(comparable(replyOf(whole)))
  return replyOf(whole)
}

const thinking = { chat_template_kwargs: { enable_thinking: true } }
const tools = [tool('get_weather'), tool('get_time')]

describe('a whole reply is the fold of the stream:', () => {
  test('text', async () => {
    const { choices } = await bothWays(await runUpstream(), asks('[[say Grüße 🚀, "World"]]'))
    expect(choices).toMatchObject([{ text: 'Grüße 🚀, "World"', finish: { reason: 'stop' }, logprobs: null }])
  })

  test('thinking', async () => {
    const { choices, usage } = await bothWays(await runUpstream(), asks('[[think a b c]][[say Hi]]', thinking))
    expect(choices).toMatchObject([{ reasoning: 'a b c', text: 'Hi' }])
    expect(usage.reasoningTokens).toBeGreaterThan(0)
  })

  test('a tool call', async () => {
    const request = asks('[[call get_weather {"city": "Paris"}]]', { tools, tool_choice: 'auto' })
    const { choices } = await bothWays(await runUpstream(), request)
    expect(choices).toMatchObject([
      { toolCalls: [{ name: 'get_weather', json: '{"city": "Paris"}' }], finish: { reason: 'tool-calls' } },
    ])
  })

  test('parallel tool calls after thinking and text', async () => {
    const content = '[[think so]][[say Let me see.]][[call get_weather {"city":"Paris"}]][[call get_time {}]]'
    const { choices } = await bothWays(await runUpstream(), asks(content, { ...thinking, tools }))
    expect(choices).toMatchObject([{ reasoning: 'so', text: 'Let me see.', toolCalls: [{}, { json: '{}' }] }])
  })

  test('everything in one delta', async () => {
    const content = '[[merge]][[think so]][[say Hi]][[call get_weather {"city":"Paris"}]][[call get_time {}]]'
    const { choices } = await bothWays(await runUpstream(), asks(content, { ...thinking, tools }))
    expect(choices).toMatchObject([{ reasoning: 'so', text: 'Hi', toolCalls: [{ json: '{"city":"Paris"}' }, {}] }])
  })

  test('the first of two calls, where one at a time was asked for', async () => {
    const content = '[[call get_weather {"city":"Paris"}]][[call get_time {}]]'
    const { choices } = await bothWays(await runUpstream(), asks(content, { tools, parallel_tool_calls: false }))
    expect(choices[0]?.toolCalls).toHaveLength(1)
    expect(choices[0]?.finish.reason).toBe('tool-calls')
  })

  test.each([
    ['before its arguments', 4, ''],
    ['within them', 6, '{"city":'],
  ])('a call that was cut %s', async (_name, max_completion_tokens, json) => {
    const request = asks('[[call get_weather {"city": "Llanfairpwllgwyngyll"}]]', { tools, max_completion_tokens })
    const { choices, usage } = await bothWays(await runUpstream(), request)
    expect(usage.completionTokens).toBe(max_completion_tokens)
    expect(choices).toMatchObject([{ toolCalls: [{ name: 'get_weather' }], finish: { reason: 'length' } }])
    expect(choices[0]?.toolCalls[0]?.json).toBe(json)
  })

  test.each(['[[call get_weather {city: 1}]]', '[[call get_weather {"city": "Paris"}]][[fault truncated-tool-call]]'])(
    'a call that was malformed, not cut: %s',
    async (content) => {
      const { choices } = await bothWays(await runUpstream(), asks(content, { tools }))
      expect(choices).toMatchObject([{ toolCalls: [{ name: 'get_weather' }], finish: { reason: 'tool-calls' } }])
    },
  )

  test('a call that was cut where its prompt left fewer tokens than were asked for', async () => {
    const digits = (count: number) => Array.from({ length: count }, (_, index) => index % 10).join(' ')
    const running = await runUpstream({ maxModelLen: 1000 })
    const content = `[[call get_weather {"city": "${digits(120)}"}]]${digits(710)}`
    const { choices, usage } = await bothWays(running, asks(content, { tools, max_completion_tokens: 400 }))
    expect(choices[0]?.finish.reason).toBe('length')
    expect(usage.completionTokens).toBeLessThan(120)
  })

  test('two choices', async () => {
    const { choices, usage } = await bothWays(await runUpstream(), asks('Hi', { n: 2, temperature: 0.7 }))
    expect(choices.map(({ index, text }) => [index, text.slice(0, 22)])).toEqual([
      [0, 'Simulated reply 1 of 2'],
      [1, 'Simulated reply 2 of 2'],
    ])
    expect(usage.completionTokens).toBeGreaterThan(20)
  })

  test('log probabilities', async () => {
    const request = asks('[[think so]][[say a b c]]', { ...thinking, logprobs: true, top_logprobs: 2 })
    const { choices, usage } = await bothWays(await runUpstream(), request)
    expect(choices[0]?.logprobs).toHaveLength(usage.completionTokens)
    expect(choices[0]?.logprobs?.[1]?.top_logprobs).toHaveLength(2)
  })

  test('JSON by a schema', async () => {
    const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
    const response_format = { type: 'json_schema', json_schema: { name: 'answer', schema } } as const
    const { choices } = await bothWays(await runUpstream(), asks('Where?', { response_format }))
    expect(JSON.parse(choices[0]?.text ?? '')).toHaveProperty('city')
  })

  test('a text that was cut by its limit', async () => {
    const request = asks('[[words 50]]', { max_completion_tokens: 5 })
    const { choices, usage } = await bothWays(await runUpstream(), request)
    expect(choices).toMatchObject([{ text: 'w1 w2 w3 w4 w5', finish: { reason: 'length' } }])
    expect(usage.completionTokens).toBe(5)
  })

  test('a text that a stop string ended', async () => {
    const { choices } = await bothWays(await runUpstream(), asks('[[say one END two]]', { stop: ['END'] }))
    expect(choices).toMatchObject([{ text: 'one ', finish: { reason: 'stop-string', stopString: 'END' } }])
  })

  test('thinking that was never closed, and the answer without it', async () => {
    const content = '[[think so]][[say Hi]][[fault unclosed-thinking]][[try 2]][[say Hello]]'
    const { choices } = await bothWays(await runUpstream(), asks(content, thinking))
    expect(choices).toMatchObject([{ reasoning: 'soHi', text: 'Hello', finish: { reason: 'stop' } }])
  })

  test('a call that was corrected', async () => {
    const content = '[[think so]][[call get_weather {"city": 5}]][[try 2]][[call get_weather {"city": "Paris"}]]'
    const { choices } = await bothWays(
      await runUpstream(),
      asks(content, { ...thinking, tools, tool_choice: 'required' }),
    )
    expect(choices).toMatchObject([{ toolCalls: [{ json: '{"city": "Paris"}' }], finish: { reason: 'tool-calls' } }])
  })

  test('JSON that was corrected', async () => {
    const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
    const response_format = { type: 'json_schema', json_schema: { name: 'answer', schema } } as const
    const request = asks('[[say In Paris.]][[try 2]][[say {"city": "Paris"}]]', { tools, response_format })
    const { choices } = await bothWays(await runUpstream(), request)
    expect(choices).toMatchObject([{ text: '{"city": "Paris"}', finish: { reason: 'stop' } }])
  })

  test('a thought that leaked into the text', async () => {
    const content = '[[leak <|channel>thought\nso<channel|>]][[say Hi]][[leak <|tool_call>]]'
    const { choices } = await bothWays(await runUpstream(), asks(content))
    expect(choices).toMatchObject([{ reasoning: 'so', text: 'Hi' }])
  })

  test('a thought that nobody parsed', async () => {
    const running = await runUpstream({ reasoningParser: false })
    const { choices } = await bothWays(running, asks('[[think so]][[say Hi]]', thinking))
    expect(choices).toMatchObject([{ reasoning: 'so', text: 'Hi' }])
  })
})
