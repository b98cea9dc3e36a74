import OpenAI, {
  APIError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  UnprocessableEntityError,
} from 'openai'
import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { functionTool } from './ask.ts'
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

function asks(content: string): { model: string; messages: ChatCompletionMessageParam[] } {
  return { model: 'gpt-4o', messages: [{ role: 'user', content }] }
}

const weather = functionTool('get_weather')

describe('a whole reply', () => {
  test('has text, usage, the model as it was asked for and the request id of its header', async () => {
    const { data, response } = await client.chat.completions.create(asks('[[say Hello there]]')).withResponse()
    expect(data.choices[0]?.message).toEqual({ role: 'assistant', content: 'Hello there', refusal: null })
    expect(data.choices[0]?.finish_reason).toBe('stop')
    expect(data.model).toBe('gpt-4o')
    expect(data).toMatchObject({ _request_id: response.headers.get('x-request-id') })
    const { prompt_tokens, completion_tokens, total_tokens } = data.usage ?? {}
    expect(prompt_tokens).toBeGreaterThan(0)
    expect(completion_tokens).toBeGreaterThan(1)
    expect(total_tokens).toBe(Number(prompt_tokens) + Number(completion_tokens))
  })

  test('is cut by max_tokens with the finish reason length', async () => {
    const reply = await client.chat.completions.create({ ...asks('[[words 50]]'), max_tokens: 7 })
    expect(reply.choices[0]?.finish_reason).toBe('length')
    expect(reply.usage?.completion_tokens).toBe(7)
    expect(newestUpstreamBody(gateway)['max_completion_tokens']).toBe(7)
  })

  test('ends at a stop string, which is not in the text', async () => {
    const reply = await client.chat.completions.create({ ...asks('[[say one two END three]]'), stop: 'END' })
    expect(reply.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'one two ' } })
    expect(newestUpstreamBody(gateway)['stop']).toEqual(['END'])
  })

  test('is sampled with the seed and penalties that were sent', async () => {
    const sampling = { seed: 42, temperature: 0.1, top_p: 0.5, presence_penalty: 1, frequency_penalty: -1 }
    await client.chat.completions.create({ ...asks('Hi'), ...sampling })
    expect(newestUpstreamBody(gateway)).toMatchObject(sampling)
  })

  test('has as many choices as n, each with its own index', async () => {
    const reply = await client.chat.completions.create({ ...asks('Hi'), n: 2 })
    expect(reply.choices.map(({ index }) => index)).toEqual([0, 1])
    expect(reply.choices.map(({ message }) => message.content)).toEqual([
      expect.stringContaining('reply 1 of 2'),
      expect.stringContaining('reply 2 of 2'),
    ])
  })

  test('has the log probabilities of every token that was asked for', async () => {
    const reply = await client.chat.completions.create({ ...asks('[[say a b]]'), logprobs: true, top_logprobs: 2 })
    const content = reply.choices[0]?.logprobs?.content ?? []
    expect(content.map(({ token }) => token).slice(0, 2)).toEqual(['a', ' b'])
    for (const token of content) expect(token.top_logprobs).toHaveLength(2)
  })
})

describe('a stream', () => {
  test('gives the text in pieces, and usage in one chunk at its end when it was asked for', async () => {
    const stream = await client.chat.completions.create({
      ...asks('[[words 20]]'),
      stream: true,
      stream_options: { include_usage: true },
    })
    let text = ''
    const usages: number[] = []
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? ''
      if (chunk.usage) usages.push(chunk.usage.completion_tokens)
      expect(chunk.model).toBe('gpt-4o')
    }
    expect(text).toMatch(/^w1 w2 .* w20$/)
    expect(usages).toEqual([21])
  })

  test('folds into the message that a whole reply has, by the .stream() helper', async () => {
    const asked = { ...asks('[[think Well]][[say Done]][[call get_weather {"city": "Paris"}]]'), tools: [weather] }
    const whole = await client.chat.completions.create(asked)
    const streamed = await client.chat.completions.stream(asked).finalChatCompletion()
    expect(streamed.choices[0]?.message).toMatchObject({ content: 'Done', role: 'assistant' })
    expect(streamed.choices[0]?.finish_reason).toBe(whole.choices[0]?.finish_reason)
    const calls = [whole, streamed].map(({ choices }) => choices[0]?.message.tool_calls?.[0])
    expect(calls[1]).toMatchObject({ type: 'function', function: { name: 'get_weather' } })
    expect(calls.map((call) => (call?.type === 'function' ? call.function.arguments : ''))).toEqual([
      '{"city": "Paris"}',
      '{"city": "Paris"}',
    ])
  })

  test('keeps n choices and their log probabilities apart', async () => {
    const stream = await client.chat.completions.create({ ...asks('Hi'), n: 2, logprobs: true, stream: true })
    const texts = ['', '']
    const tokens = ['', '']
    for await (const { choices } of stream) {
      for (const { index, delta, logprobs } of choices) {
        texts[index] += delta.content ?? ''
        for (const { token } of logprobs?.content ?? []) tokens[index] += token
      }
    }
    expect(texts[0]).toContain('reply 1 of 2')
    expect(texts[1]).toContain('reply 2 of 2')
    expect(tokens.map((joined) => joined.replace('<turn|>', ''))).toEqual(texts)
  })

  test('that is aborted ends the request at the model', async () => {
    const stream = await client.chat.completions.create({ ...asks('[[fault hang-after 3]]'), stream: true })
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) stream.controller.abort()
    await until(() => gateway.simulator.requests.at(-1)?.closedBy === 'client')
  })

  test('raises an APIError at a failure in its middle, and never ends as if all were well', async () => {
    const stream = await client.chat.completions.create({ ...asks('[[words 50]][[fault cut 10]]'), stream: true })
    let text = ''
    const reading = (async () => {
      for await (const { choices } of stream) text += choices[0]?.delta.content ?? ''
    })()
    await expect(reading).rejects.toThrow(APIError)
    expect(text).toMatch(/^w1 w2/)
  })
})

describe('models', () => {
  test('are listed and retrieved, also by a name with slashes that an alias covers', async () => {
    const { data } = await client.models.list()
    expect(data).toMatchObject([{ id: 'gemma4', object: 'model', owned_by: 'vllm-gateway' }])
    expect(await client.models.retrieve('gemma4')).toMatchObject({ id: 'gemma4', max_model_len: 8192 })
    expect(await client.models.retrieve('gpt-5/mini')).toMatchObject({ id: 'gpt-5/mini' })
  })
})

describe('failures raise', () => {
  const ask = (content: string, fields: object = {}, from = client) =>
    from.chat.completions.create({ ...asks(content), ...fields })

  test('AuthenticationError without a key', async () => {
    const raised = await ask('Hi', {}, clientWith(' ')).catch((thrown: unknown) => thrown)
    expect(raised).toBeInstanceOf(AuthenticationError)
    expect(raised).toMatchObject({ status: 401, code: 'invalid_api_key', type: 'invalid_request_error' })
  })

  test('PermissionDeniedError with a wrong key, and with one for other services', async () => {
    const wrong = await ask('Hi', {}, clientWith('wrong')).catch((thrown: unknown) => thrown)
    expect(wrong).toBeInstanceOf(PermissionDeniedError)
    expect(wrong).toMatchObject({ status: 403, code: 'invalid_api_key' })
    const other = await ask('Hi', {}, clientWith(gateway.keyWithoutServices)).catch((thrown: unknown) => thrown)
    expect(other).toBeInstanceOf(PermissionDeniedError)
    expect(other).toMatchObject({ status: 403, code: 'permission_denied' })
  })

  test('NotFoundError for an unknown model', async () => {
    await expect(client.models.retrieve('nothing')).rejects.toThrow(NotFoundError)
  })

  test('UnprocessableEntityError with the field at fault', async () => {
    const raised = await ask('Hi', { temperature: 3 }).catch((thrown: unknown) => thrown)
    expect(raised).toBeInstanceOf(UnprocessableEntityError)
    expect(raised).toMatchObject({ status: 422, param: 'temperature', code: 'invalid_value' })
  })

  test('BadRequestError for a refused field and for a prompt that does not fit', async () => {
    await expect(ask('Hi', { min_tokens: 5 })).rejects.toThrow(BadRequestError)
    const raised = await ask('word '.repeat(9000)).catch((thrown: unknown) => thrown)
    expect(raised).toBeInstanceOf(BadRequestError)
    expect(raised).toMatchObject({ status: 400, code: 'context_length_exceeded', param: 'messages' })
  })

  test.for([
    ['status 500', 502],
    ['engine-dead', 502],
    ['status 503', 503],
    ['hang', 504],
  ] as const)('InternalServerError where the model server meets %s, as %i', async ([fault, status]) => {
    for (const stream of [true, false]) {
      const raised = await ask(`[[fault ${fault}]]`, { stream }).catch((thrown: unknown) => thrown)
      expect(raised).toBeInstanceOf(InternalServerError)
      expect(raised).toMatchObject({ status })
    }
  })

  test('APIUserAbortError where the caller aborts a whole request, which ends at the model', async () => {
    const controller = new AbortController()
    const asking = client.chat.completions.create(asks('[[fault hang]]'), { signal: controller.signal })
    const { length } = gateway.simulator.requests
    await until(() => gateway.simulator.requests.length > length)
    controller.abort()
    await expect(asking).rejects.toThrow(APIUserAbortError)
    await until(() => gateway.simulator.requests.at(-1)?.closedBy === 'client')
  })
})
