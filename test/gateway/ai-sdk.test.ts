import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { APICallError, generateText, jsonSchema, type LanguageModel, Output, stepCountIs, streamText, tool } from 'ai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { newestUpstreamBody } from './upstream-requests.ts'

let gateway: TestGateway

beforeAll(async () => {
  const timeouts = 'timeouts: { firstEvent: 5s, idle: 200ms }'
  gateway = await startTestGateway({ settings: `services: [{ upstreams: ['$VLLM'], ${timeouts} }]` })
})

afterAll(() => gateway.stop())

/** The AI SDK's providers that speak Chat Completions; the other dialects' have tests of their own. */
const providers: readonly { readonly name: string; model(): LanguageModel; readonly showsReasoning: boolean }[] = [
  {
    name: '@ai-sdk/openai',
    model: () => createOpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key }).chat('gemma4'),
    showsReasoning: false,
  },
  {
    name: '@ai-sdk/openai-compatible',
    model: () =>
      createOpenAICompatible({
        name: 'gateway',
        baseURL: `${gateway.url}/v1`,
        apiKey: gateway.key,
        includeUsage: true,
        supportsStructuredOutputs: true,
      })('gemma4'),
    showsReasoning: true,
  },
]

const weather = tool({
  description: 'The weather of a city.',
  inputSchema: jsonSchema<{ city: string }>({
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  }),
  execute: async ({ city }) => `sunny in ${city}`,
})

const asks = {
  prompt: '[[think Both]][[call get_weather {"city": "Paris"}]][[call get_weather {"city": "Rome"}]]',
  tools: { get_weather: weather },
  providerOptions: { openai: { reasoningEffort: 'high', forceReasoning: true }, gateway: { reasoningEffort: 'high' } },
  stopWhen: stepCountIs(3),
  maxRetries: 0,
}

describe.for(providers.map((provider) => [provider.name, provider] as const))('%s', ([, { model, showsReasoning }]) => {
  const reasoning = showsReasoning ? 'Both' : undefined

  test('goes through a tool loop of two calls at once', async () => {
    const { text, steps, totalUsage } = await generateText({ model: model(), ...asks })
    expect(steps.map(({ finishReason }) => finishReason)).toEqual(['tool-calls', 'stop'])
    expect(steps[0]?.reasoningText).toBe(reasoning)
    expect(text).toContain('get_weather "sunny in Paris", get_weather "sunny in Rome"')
    expect(totalUsage.outputTokens).toBeGreaterThan(0)
    expect(newestUpstreamBody(gateway)['messages']).toMatchObject([
      { role: 'user' },
      { role: 'assistant', tool_calls: [{ id: expect.any(String) }, { id: expect.any(String) }] },
      { role: 'tool', content: 'sunny in Paris' },
      { role: 'tool', content: 'sunny in Rome' },
    ])
  })

  test('goes through the same loop in streams, and counts what it cost', async () => {
    const result = streamText({ model: model(), ...asks })
    const types = new Set<string>()
    for await (const part of result.stream) types.add(part.type)
    expect(types).not.toContain('error')
    expect(types.has('reasoning-delta')).toBe(showsReasoning)
    const [first, last] = await result.steps
    expect(first?.reasoningText).toBe(reasoning)
    expect(first?.toolCalls.map(({ input }) => input)).toEqual([{ city: 'Paris' }, { city: 'Rome' }])
    expect(last?.text).toContain('get_weather "sunny in Paris", get_weather "sunny in Rome"')
    const { inputTokens, outputTokens } = await result.totalUsage
    expect([inputTokens, outputTokens].every((count) => Number(count) > 0)).toBe(true)
  })

  test('gets an object of its schema, whole and streamed', async () => {
    const schema = jsonSchema<{ age: number }>({
      type: 'object',
      properties: { age: { type: 'integer' } },
      required: ['age'],
      additionalProperties: false,
    })
    const wanted = { model: model(), output: Output.object({ schema }), prompt: 'Who?', maxRetries: 0 }
    const { output } = await generateText(wanted)
    expect(output).toEqual({ age: expect.any(Number) })
    expect(await streamText(wanted).output).toEqual(output)
    expect(newestUpstreamBody(gateway)['response_format']).toMatchObject({ type: 'json_schema' })
  })

  test('raises a failure before the first event with its status, and one after it as an error of the stream', async () => {
    const prompt = '[[fault status 503]]'
    const raised = await generateText({ model: model(), prompt, maxRetries: 0 }).catch((thrown: unknown) => thrown)
    expect(raised).toBeInstanceOf(APICallError)
    expect(raised).toMatchObject({ statusCode: 503, isRetryable: true })

    const errors: unknown[] = []
    const onError = ({ error }: { error: unknown }) => void errors.push(error)
    const broken = streamText({ model: model(), prompt: '[[words 9]][[fault hang-after 4]]', maxRetries: 0, onError })
    let text = ''
    for await (const part of broken.stream) if (part.type === 'text-delta') text += part.text
    expect(text).toBe('w1 w2 w3')
    expect(errors).toHaveLength(1)
    expect(JSON.stringify(errors[0])).toContain('The model fell silent')
  })
})
