import { createAnthropic } from '@ai-sdk/anthropic'
import { generateText, Output, stepCountIs, streamText, tool } from 'ai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as z from 'zod'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { anthropicService } from './anthropic-client.ts'
import { newestUpstreamBody } from './upstream-requests.ts'

let gateway: TestGateway
/** Vercel's SDK checks every event and every reply against schemas of its own. */
let provider: ReturnType<typeof createAnthropic>
let model: ReturnType<typeof provider>

beforeAll(async () => {
  gateway = await startTestGateway({ settings: anthropicService })
  provider = createAnthropic({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key })
  model = provider('claude-sonnet-5-5')
})

afterAll(() => gateway.stop())

const tools = {
  get_weather: tool({
    description: 'The weather of a city.',
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => `21 degrees in ${city}`,
  }),
}
const prompt = '[[call get_weather {"city": "Paris"}]][[call get_weather {"city": "Rome"}]]'

test('a tool loop goes through, whole and streamed', async () => {
  const asked = { model, tools, prompt, stopWhen: stepCountIs(3) }
  const whole = await generateText(asked)
  const streamed = streamText(asked)
  for (const text of [whole.text, await streamed.text]) expect(text).toMatch(/21 degrees in Paris.*21 degrees in Rome/)
  expect(await streamed.finishReason).toBe('stop')
  expect(newestUpstreamBody(gateway)['messages']).toMatchObject([
    { role: 'user' },
    { role: 'assistant' },
    { role: 'tool' },
    { role: 'tool' },
  ])
})

test('thinking is told apart from text', async () => {
  const providerOptions = { anthropic: { thinking: { type: 'adaptive' as const } } }
  const asked = { model, prompt: '[[think Well]][[say Done]]', providerOptions }
  const whole = await generateText(asked)
  const streamed = streamText(asked)
  expect([whole.reasoningText, whole.text]).toEqual(['Well', 'Done'])
  expect([await streamed.reasoningText, await streamed.text]).toEqual(['Well', 'Done'])
})

const schema = z.object({ name: z.string() })

test('an object follows its schema', async () => {
  const { output } = await generateText({ model, prompt: 'Plan', output: Output.object({ schema }) })
  expect(schema.parse(output)).toEqual(output)
  expect(newestUpstreamBody(gateway)).toHaveProperty('response_format')
})

test('an object comes of a forced call where the SDK does not know the model', async () => {
  const asked = {
    model: provider('gemma4'),
    prompt: '[[call json {"name": "x"}]]',
    maxOutputTokens: 99,
    output: Output.object({ schema }),
  }
  expect((await generateText(asked)).output).toEqual({ name: 'x' })
  expect(newestUpstreamBody(gateway)).toHaveProperty('tools')
})

test('a failure in the middle of a stream is told', async () => {
  const errors: unknown[] = []
  const { fullStream } = streamText({
    model,
    prompt: '[[words 50]][[fault cut 10]]',
    onError: ({ error }) => {
      errors.push(error)
    },
  })
  let text = ''
  for await (const part of fullStream) if (part.type === 'text-delta') text += part.text
  expect(text).toMatch(/^w1 w2/)
  expect(errors).toHaveLength(1)
})
