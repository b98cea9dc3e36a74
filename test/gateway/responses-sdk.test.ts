import OpenAI, {
  APIError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
} from 'openai'
import { zodTextFormat } from 'openai/helpers/zod'
import type { ResponseCreateParamsNonStreaming, ResponseInputItem } from 'openai/resources/responses/responses'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { pngPixel } from './images.ts'
import { until } from './until.ts'
import { newestUpstreamBody } from './upstream-requests.ts'

let gateway: TestGateway
let client: OpenAI

beforeAll(async () => {
  const timeouts = '{ firstEvent: 300ms, idle: 300ms, total: 900ms }'
  gateway = await startTestGateway({
    settings: `services: [{ name: gemma4, upstreams: ['$VLLM'], aliases: [gpt-*], timeouts: ${timeouts} }]`,
  })
  client = clientWith(gateway.key)
})

afterAll(() => gateway.stop())

function clientWith(apiKey: string): OpenAI {
  return new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey, maxRetries: 0 })
}

type Params = Omit<ResponseCreateParamsNonStreaming, 'stream'>

function asks(input: string, rest: Omit<Params, 'input'> = {}): Params & { input: string } {
  return { model: 'gpt-5', ...rest, input }
}

/** The same request whole and by the `.stream()` helper, which throws at every mistake in the order of events. */
async function both(params: Params) {
  const whole = await client.responses.create(params)
  const streamed = await client.responses.stream(params).finalResponse()
  return { whole, streamed }
}

const weather = {
  type: 'function' as const,
  name: 'get_weather',
  description: 'Tells the weather',
  strict: false,
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
}

const unnamed = { id: expect.any(String) }

describe('an answer, whole and streamed', () => {
  test('has the same text, usage and model', async () => {
    const { whole, streamed } = await both(asks('[[say Hello there]]', { instructions: 'Be kind.' }))
    for (const response of [whole, streamed]) {
      expect(response).toMatchObject({
        object: 'response',
        status: 'completed',
        model: 'gpt-5',
        output_text: 'Hello there',
        instructions: 'Be kind.',
        error: null,
        incomplete_details: null,
        parallel_tool_calls: true,
      })
      expect(response.output).toEqual([
        {
          ...unnamed,
          type: 'message',
          status: 'completed',
          role: 'assistant',
          content: [
            expect.objectContaining({ type: 'output_text', text: 'Hello there', annotations: [], logprobs: [] }),
          ],
        },
      ])
      expect(response.usage?.total_tokens).toBe(
        Number(response.usage?.input_tokens) + Number(response.usage?.output_tokens),
      )
      expect(response.usage?.input_tokens_details.cached_tokens).toEqual(expect.any(Number))
      expect(response.usage?.output_tokens_details.reasoning_tokens).toBe(0)
    }
    expect(newestUpstreamBody(gateway)['messages']).toEqual([
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: '[[say Hello there]]' },
    ])
  })

  test('tells reasoning before the text, and as a summary where one is asked for', async () => {
    const thinks = asks('[[think Well now]][[say Done]]', { reasoning: { effort: 'high', summary: 'auto' } })
    const { whole, streamed } = await both(thinks)
    for (const response of [whole, streamed]) {
      expect(response.output).toMatchObject([
        {
          type: 'reasoning',
          status: 'completed',
          summary: [{ type: 'summary_text', text: 'Well now' }],
          content: [{ type: 'reasoning_text', text: 'Well now' }],
        },
        { type: 'message' },
      ])
      expect(response.usage?.output_tokens_details.reasoning_tokens).toBeGreaterThan(0)
    }
    expect(newestUpstreamBody(gateway)['chat_template_kwargs']).toEqual({ enable_thinking: true })
    const plain = await client.responses.create({ ...thinks, reasoning: { effort: 'high' } })
    expect(plain.output[0]).toMatchObject({ type: 'reasoning', summary: [] })
  })

  test('that is cut is incomplete, and so is its last item', async () => {
    const { whole, streamed } = await both(asks('[[words 50]]', { max_output_tokens: 7 }))
    for (const response of [whole, streamed]) {
      expect(response).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } })
      expect(response.output).toMatchObject([{ type: 'message', status: 'incomplete' }])
      expect(response.usage?.output_tokens).toBe(7)
    }
  })

  test('without a word has no items', async () => {
    const { whole, streamed } = await both(asks('[[words 0]]'))
    expect([whole.output, streamed.output]).toEqual([[], []])
    expect([whole.status, streamed.status]).toEqual(['completed', 'completed'])
  })

  test('has log probabilities where they are included', async () => {
    const params = asks('[[say a b]]', { include: ['message.output_text.logprobs'], top_logprobs: 2 })
    const { whole, streamed } = await both(params)
    for (const { output } of [whole, streamed]) {
      const [message] = output
      const part = message?.type === 'message' ? message.content[0] : undefined
      const tokens = part?.type === 'output_text' ? (part.logprobs ?? []) : []
      expect(tokens.map(({ token }) => token).slice(0, 2)).toEqual(['a', ' b'])
      for (const token of tokens) expect(token.top_logprobs).toHaveLength(2)
    }
  })

  test('is sampled as it is asked to be', async () => {
    await client.responses.create(asks('Hi', { temperature: 0.1, top_p: 0.5, max_output_tokens: 99 }))
    expect(newestUpstreamBody(gateway)).toMatchObject({ temperature: 0.1, top_p: 0.5, max_completion_tokens: 99 })
  })
})

describe('tools', () => {
  const call = '[[call get_weather {"city": "Paris"}]]'

  test('are called in the same words whole and streamed, also in parallel', async () => {
    const params = asks(`[[say Looking]]${call}[[call get_weather {"city": "Rome"}]]`, { tools: [weather] })
    const { whole, streamed } = await both(params)
    for (const { output, status } of [whole, streamed]) {
      expect(status).toBe('completed')
      expect(output).toMatchObject([
        { type: 'message' },
        { type: 'function_call', name: 'get_weather', arguments: '{"city": "Paris"}', status: 'completed' },
        { type: 'function_call', name: 'get_weather', arguments: '{"city": "Rome"}', status: 'completed' },
      ])
      expect(new Set(output.map(({ id }) => id)).size).toBe(3)
    }
    expect(newestUpstreamBody(gateway)['tools']).toEqual([
      {
        type: 'function',
        function: {
          name: 'get_weather',
          description: 'Tells the weather',
          strict: false,
          parameters: weather.parameters,
        },
      },
    ])
  })

  test('make a round trip in one assistant message, with the result behind it', async () => {
    const input: ResponseInputItem[] = [{ role: 'user', content: `[[think Hm]]${call}` }]
    const first = await client.responses.create({ input, tools: [weather], reasoning: { effort: 'low' } })
    input.push(...(first.output as ResponseInputItem[]))
    const called = first.output.find(({ type }) => type === 'function_call')
    const callId = called?.type === 'function_call' ? called.call_id : ''
    input.push({ type: 'function_call_output', call_id: callId, output: '21 degrees' })
    const second = await client.responses.create({ input, tools: [weather] })
    expect(second.output_text).toContain('21 degrees')
    expect(newestUpstreamBody(gateway)['messages']).toEqual([
      { role: 'user', content: `[[think Hm]]${call}` },
      {
        role: 'assistant',
        content: null,
        reasoning: 'Hm',
        tool_calls: [
          { id: callId, type: 'function', function: { name: 'get_weather', arguments: '{"city": "Paris"}' } },
        ],
      },
      { role: 'tool', tool_call_id: callId, content: '21 degrees' },
    ])
  })

  test('of plain text are called with their input, and take part in the next turn', async () => {
    const patch = { type: 'custom' as const, name: 'apply_patch', description: 'Patches files' }
    const input = '*** Begin\n"quoted" ü'
    const params = asks(`[[call apply_patch ${JSON.stringify({ input })}]]`, { tools: [patch] })
    const { whole, streamed } = await both(params)
    for (const { output } of [whole, streamed]) {
      expect(output).toMatchObject([{ type: 'custom_tool_call', name: 'apply_patch', input }])
    }
    const [called] = whole.output
    const callId = called?.type === 'custom_tool_call' ? called.call_id : ''
    const answered = [...whole.output, { type: 'custom_tool_call_output', call_id: callId, output: 'Done' }]
    await client.responses.create({ input: answered as ResponseInputItem[], tools: [patch] })
    expect(newestUpstreamBody(gateway)['messages']).toMatchObject([
      { role: 'assistant', tool_calls: [{ function: { name: 'apply_patch', arguments: JSON.stringify({ input }) } }] },
      { role: 'tool', tool_call_id: callId, content: 'Done' },
    ])
  })

  test('of a namespace come back with it', async () => {
    const namespace = { type: 'namespace' as const, name: 'agents', description: 'Agents', tools: [weather] }
    const params = asks('[[call agents__get_weather {"city": "Paris"}]]', { tools: [namespace] })
    const { whole, streamed } = await both(params)
    for (const { output } of [whole, streamed]) {
      expect(output).toMatchObject([{ type: 'function_call', name: 'get_weather', namespace: 'agents' }])
    }
  })

  test('that only OpenAI runs are left out, and named in a header', async () => {
    const { response } = await client.responses
      .create(asks('Hi', { tools: [{ type: 'web_search' }, { type: 'image_generation' }], tool_choice: 'auto' }))
      .withResponse()
    expect(response.headers.get('x-gateway-dropped-tools')).toBe('web_search, image_generation')
    expect(newestUpstreamBody(gateway)).not.toHaveProperty('tools')
    expect(newestUpstreamBody(gateway)).not.toHaveProperty('tool_choice')
  })
})

describe('content', () => {
  test('may be an image', async () => {
    const content = [
      { type: 'input_text' as const, text: 'See' },
      { type: 'input_image' as const, image_url: pngPixel, detail: 'auto' as const },
    ]
    const { output_text } = await client.responses.create({ model: 'gemma4', input: [{ role: 'user', content }] })
    expect(output_text).toContain('1 image')
  })

  test('follows a schema that zod wrote', async () => {
    const Event = z.object({ name: z.string(), guests: z.array(z.string()) })
    const params = { model: 'gemma4', input: 'Plan', text: { format: zodTextFormat(Event, 'event') } }
    const parsed = await client.responses.parse(params)
    expect(Event.parse(parsed.output_parsed)).toEqual(parsed.output_parsed)
    const streamed = await client.responses.stream(params).finalResponse()
    expect(Event.parse(streamed.output_parsed)).toEqual(streamed.output_parsed)
    expect(newestUpstreamBody(gateway)['response_format']).toMatchObject({ type: 'json_schema' })
  })
})

describe('responses that are kept', () => {
  test('are gone on from by their id, whole and streamed, and instructions are not inherited', async () => {
    const first = await client.responses.create(asks('[[say One]]', { instructions: 'Be kind.' }))
    const stream = client.responses.stream(asks('[[say Two]]', { previous_response_id: first.id }))
    const second = await stream.finalResponse()
    expect(second.previous_response_id).toBe(first.id)
    await client.responses.create(asks('Hi', { previous_response_id: second.id }))
    expect(newestUpstreamBody(gateway)['messages']).toEqual([
      { role: 'user', content: '[[say One]]' },
      { role: 'assistant', content: 'One' },
      { role: 'user', content: '[[say Two]]' },
      { role: 'assistant', content: 'Two' },
      { role: 'user', content: 'Hi' },
    ])
  })

  test('go on with the result of a tool alone', async () => {
    const first = await client.responses.create(asks('[[call get_weather {"city": "Paris"}]]', { tools: [weather] }))
    const [called] = first.output
    const callId = called?.type === 'function_call' ? called.call_id : ''
    const second = await client.responses.create({
      previous_response_id: first.id,
      input: [{ type: 'function_call_output', call_id: callId, output: '21 degrees' }],
      tools: [weather],
    })
    expect(second.output_text).toContain('21 degrees')
  })

  test('are told again as they were told, streamed or not', async () => {
    const whole = await client.responses.create(asks('[[think Well]][[say One]]', { metadata: { topic: 'one' } }))
    expect(await client.responses.retrieve(whole.id)).toMatchObject({ id: whole.id, output: whole.output })
    const streamed = await client.responses.stream(asks('[[say One]]')).finalResponse()
    const again = await client.responses.retrieve(streamed.id)
    expect(again).toMatchObject({ output_text: 'One', usage: streamed.usage })
    expect(again.output.map(({ id }) => id)).toEqual(streamed.output.map(({ id }) => id))
  })

  test('have their items told, newest first, in pages', async () => {
    const first = await client.responses.create(asks('[[say One]]'))
    const second = await client.responses.create(asks('Two', { previous_response_id: first.id }))
    const all = []
    for await (const item of client.responses.inputItems.list(second.id, { limit: 2, order: 'asc' })) all.push(item)
    expect(all).toMatchObject([
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: '[[say One]]' }] },
      { id: first.output[0]?.id, role: 'assistant', content: [{ type: 'output_text', text: 'One' }] },
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Two' }] },
    ])
    const [newest] = (await client.responses.inputItems.list(second.id, { limit: 1 })).data
    expect(newest).toMatchObject({ content: [{ text: 'Two' }] })
  })

  test('are gone once they are deleted', async () => {
    const { id } = await client.responses.create(asks('Hi'))
    await client.responses.delete(id)
    await expect(client.responses.retrieve(id)).rejects.toThrow(NotFoundError)
    await expect(client.responses.delete(id)).rejects.toThrow(NotFoundError)
    await expect(client.responses.create(asks('Hi', { previous_response_id: id }))).rejects.toMatchObject({
      status: 400,
      code: 'previous_response_not_found',
      param: 'previous_response_id',
    })
  })

  test('are never another key’s', async () => {
    const { id } = await client.responses.create(asks('Hi'))
    const other = clientWith(gateway.keyWithoutServices)
    await expect(other.responses.retrieve(id)).rejects.toThrow(NotFoundError)
    await expect(other.responses.delete(id)).rejects.toThrow(NotFoundError)
    await expect(other.responses.inputItems.list(id)).rejects.toThrow(NotFoundError)
    expect(await client.responses.retrieve(id)).toMatchObject({ id })
  })

  test('are none where the request says so', async () => {
    const response = await client.responses.create(asks('Hi', { store: false }))
    expect(response).toMatchObject({ store: false })
    await expect(client.responses.retrieve(response.id)).rejects.toThrow(NotFoundError)
  })
})

test('tokens of the input are counted without an answer', async () => {
  const { length } = gateway.simulator.requests.filter(({ path }) => path.startsWith('/v1/chat'))
  const counted = await client.responses.inputTokens.count({ model: 'gemma4', input: 'one two three' })
  const more = await client.responses.inputTokens.count({
    model: 'gemma4',
    input: 'one two three four',
    tools: [weather],
  })
  expect(counted.object).toBe('response.input_tokens')
  expect(more.input_tokens).toBeGreaterThan(counted.input_tokens)
  expect(gateway.simulator.requests.filter(({ path }) => path.startsWith('/v1/chat'))).toHaveLength(length)
})

describe('failures raise', () => {
  test('AuthenticationError without a key and with a wrong one', async () => {
    for (const key of [' ', 'wrong']) {
      const raised = await clientWith(key)
        .responses.create(asks('Hi'))
        .catch((thrown: unknown) => thrown)
      expect(raised).toBeInstanceOf(AuthenticationError)
      expect(raised).toMatchObject({ status: 401, code: 'invalid_api_key', type: 'invalid_request_error' })
    }
  })

  test('PermissionDeniedError with a key for other services', async () => {
    const asking = clientWith(gateway.keyWithoutServices).responses.create(asks('Hi'))
    await expect(asking).rejects.toThrow(PermissionDeniedError)
  })

  test('BadRequestError with the field at fault', async () => {
    const raised = await client.responses.create(asks('Hi', { temperature: 3 })).catch((thrown: unknown) => thrown)
    expect(raised).toBeInstanceOf(BadRequestError)
    expect(raised).toMatchObject({ status: 400, param: 'temperature', code: 'invalid_value' })
  })

  test('BadRequestError for a prompt that does not fit', async () => {
    const raised = await client.responses.create(asks('word '.repeat(9000))).catch((thrown: unknown) => thrown)
    expect(raised).toBeInstanceOf(BadRequestError)
    expect(raised).toMatchObject({ code: 'context_length_exceeded', param: 'input' })
  })

  test.for([
    ['status 500', 502],
    ['hang', 504],
  ] as const)('InternalServerError where the model server meets %s, as %i', async ([fault, status]) => {
    for (const stream of [true, false]) {
      const raised = await client.responses
        .create({ ...asks(`[[fault ${fault}]]`), stream })
        .catch((thrown: unknown) => thrown)
      expect(raised).toBeInstanceOf(InternalServerError)
      expect(raised).toMatchObject({ status })
    }
  })

  test('APIError at a failure in the middle of a stream, which ends as failed and is not kept', async () => {
    const stream = await client.responses.create({ ...asks('[[words 50]][[fault cut 10]]'), stream: true })
    let text = ''
    let id = ''
    const reading = (async () => {
      for await (const event of stream) {
        if (event.type === 'response.created') ({ id } = event.response)
        if (event.type === 'response.output_text.delta') text += event.delta
      }
    })()
    await expect(reading).rejects.toThrow(APIError)
    expect(text).toMatch(/^w1 w2/)
    await expect(client.responses.retrieve(id)).rejects.toThrow(NotFoundError)
  })

  test('APIUserAbortError where the caller aborts, and the request ends at the model', async () => {
    const controller = new AbortController()
    const asking = client.responses.create(asks('[[fault hang]]'), { signal: controller.signal })
    const { length } = gateway.simulator.requests
    await until(() => gateway.simulator.requests.length > length)
    controller.abort()
    await expect(asking).rejects.toThrow(APIUserAbortError)
    await until(() => gateway.simulator.requests.at(-1)?.closedBy === 'client')
  })

  test('nothing where a stream is left in its middle, which ends the request at the model', async () => {
    const stream = await client.responses.create({ ...asks('[[words 50]][[fault hang-after 9]]'), stream: true })
    for await (const event of stream) if (event.type === 'response.output_text.delta') stream.controller.abort()
    await until(() => gateway.simulator.requests.at(-1)?.closedBy === 'client')
  })
})
