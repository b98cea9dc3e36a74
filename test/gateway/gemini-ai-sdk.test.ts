import { createGoogleGenerativeAI } from '@ai-sdk/google'
import { APICallError, generateText, jsonSchema, Output, stepCountIs, streamText, tool } from 'ai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { geminiService } from './gemini-client.ts'
import { newestUpstreamBody } from './upstream-requests.ts'

let gateway: TestGateway
let model: ReturnType<ReturnType<typeof createGoogleGenerativeAI>>

beforeAll(async () => {
  gateway = await startTestGateway({ settings: geminiService })
  model = createGoogleGenerativeAI({ baseURL: `${gateway.url}/v1beta`, apiKey: gateway.key })('gemini-3-flash')
})

afterAll(() => gateway.stop())

const tools = {
  get_weather: tool({
    description: 'The weather of a city.',
    inputSchema: jsonSchema<{ city: string }>({ type: 'object', properties: { city: { type: 'string' } } }),
    execute: async ({ city }) => `sunny in ${city}`,
  }),
}
const prompt = '[[think Paris it is]][[call get_weather {"city": "Paris"}]]'
const providerOptions = { google: { thinkingConfig: { includeThoughts: true } } }

describe('the AI SDK', () => {
  test('goes through a tool loop, with the thoughts that led to the call', async () => {
    const { text, steps } = await generateText({
      model,
      tools,
      prompt,
      providerOptions,
      stopWhen: stepCountIs(3),
      maxRetries: 0,
    })
    expect(steps).toHaveLength(2)
    expect(steps[0]?.reasoningText).toBe('Paris it is')
    expect(text).toContain('sunny in Paris')
    expect(newestUpstreamBody(gateway)['messages']).toMatchObject([
      { role: 'user' },
      { role: 'assistant', reasoning: 'Paris it is', tool_calls: [{ function: { name: 'get_weather' } }] },
      { role: 'tool', content: 'sunny in Paris' },
    ])
  })

  test('goes through the same loop in streams', async () => {
    const result = streamText({ model, tools, prompt, providerOptions, stopWhen: stepCountIs(3), maxRetries: 0 })
    const types = new Set<string>()
    for await (const part of result.fullStream) types.add(part.type)
    expect([...types]).toEqual(
      expect.arrayContaining(['reasoning-delta', 'tool-call', 'tool-result', 'text-delta', 'finish']),
    )
    expect(await result.text).toContain('sunny in Paris')
    expect((await result.totalUsage).outputTokens).toBeGreaterThan(0)
  })

  test('gets an object of its schema', async () => {
    const schema = jsonSchema<{ age: number }>({
      type: 'object',
      properties: { age: { type: 'integer' } },
      required: ['age'],
    })
    const { output } = await generateText({ model, output: Output.object({ schema }), prompt: 'Who?', maxRetries: 0 })
    expect(output.age).toEqual(expect.any(Number))
  })

  test('raises an APICallError with the status and the words of a failure', async () => {
    const asking = generateText({ model, prompt: '[[fault status 503]]', maxRetries: 0 })
    const raised = await asking.catch((thrown: unknown) => thrown)
    expect(raised).toBeInstanceOf(APICallError)
    expect(raised).toMatchObject({ statusCode: 503, isRetryable: true })
  })
})
