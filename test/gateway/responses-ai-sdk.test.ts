import { createOpenAI } from '@ai-sdk/openai'
import { generateText, jsonSchema, Output, stepCountIs, streamText, tool } from 'ai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { newestUpstreamBody } from './upstream-requests.ts'

let gateway: TestGateway
let model: ReturnType<ReturnType<typeof createOpenAI>['responses']>

beforeAll(async () => {
  gateway = await startTestGateway()
  model = createOpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key }).responses('gemma4')
})

afterAll(() => gateway.stop())

const weather = tool({
  description: 'Tells the weather',
  inputSchema: jsonSchema<{ city: string }>({
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
  }),
  execute: async ({ city }) => `21 degrees in ${city}`,
})

const asks = {
  prompt: '[[say Looking]][[call get_weather {"city": "Paris"}]]',
  tools: { get_weather: weather },
  stopWhen: stepCountIs(3),
}

test('the AI SDK runs a tool and goes on from what is kept, by reference', async () => {
  const { text, steps } = await generateText({ model, ...asks })
  expect(steps).toHaveLength(2)
  expect(text).toContain('21 degrees in Paris')
  expect(newestUpstreamBody(gateway)['messages']).toMatchObject([
    { role: 'user' },
    { role: 'assistant', content: 'Looking', tool_calls: [{ function: { arguments: '{"city":"Paris"}' } }] },
    { role: 'tool', content: expect.stringContaining('21 degrees in Paris') },
  ])
})

test('the AI SDK streams the same, with reasoning as its summary', async () => {
  const providerOptions = { openai: { reasoningEffort: 'high', reasoningSummary: 'auto', forceReasoning: true } }
  const prompt = `[[think Hm]]${asks.prompt}`
  const result = streamText({ model, ...asks, prompt, providerOptions })
  const types = new Set<string>()
  for await (const part of result.stream) types.add(part.type)
  expect(types).toContain('tool-result')
  expect(types).not.toContain('error')
  const [first, last] = await result.steps
  expect(first?.reasoningText).toBe('Hm')
  expect(last?.text).toContain('21 degrees in Paris')
})

test('the AI SDK has objects by their schema', async () => {
  const schema = jsonSchema<{ name: string }>({
    type: 'object',
    properties: { name: { type: 'string' } },
    required: ['name'],
    additionalProperties: false,
  })
  const { output } = await generateText({ model, prompt: 'Plan', output: Output.object({ schema }) })
  expect(output).toEqual({ name: expect.any(String) })
})
