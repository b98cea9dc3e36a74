import { FunctionCallingConfigMode, type FunctionDeclaration, Type } from '@google/genai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { type GeminiClient, geminiClient, geminiService, model } from './gemini-client.ts'
import { newestUpstreamBody } from './upstream-requests.ts'

let gateway: TestGateway
let client: GeminiClient
const ask: GeminiClient['ask'] = (...asked) => client.ask(...asked)

beforeAll(async () => {
  gateway = await startTestGateway({ settings: geminiService })
  client = geminiClient(gateway)
})

afterAll(() => gateway.stop())

const weather: FunctionDeclaration = {
  name: 'get_weather',
  description: 'The weather of a city.',
  parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING } } },
}
const tools = [{ functionDeclarations: [weather] }]

describe('a chat', () => {
  test('keeps its history, whole and streamed', async () => {
    const chat = client.sdk.chats.create({ model })
    expect((await chat.sendMessage({ message: '[[say One]]' })).text).toBe('One')
    for await (const _ of await chat.sendMessageStream({ message: '[[words 3]]' }));
    await chat.sendMessage({ message: '[[say Three]]' })
    expect(newestUpstreamBody(gateway)['messages']).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: 'One' },
      { role: 'user' },
      { role: 'assistant', content: 'w1 w2 w3' },
      { role: 'user' },
    ])
  })

  test('goes through calls and their results, and the thoughts that led to the calls go on', async () => {
    const chat = client.sdk.chats.create({ model, config: { tools, thinkingConfig: { thinkingBudget: -1 } } })
    const message = '[[think Paris it is]][[call get_weather {"city": "Paris"}]][[call get_weather {"city": "Rome"}]]'
    const calls = (await chat.sendMessage({ message })).functionCalls ?? []
    expect(calls).toHaveLength(2)
    const results = calls.map(({ id = '', name = '', args }) => {
      return { functionResponse: { id, name, response: { output: `sunny in ${args?.['city']}` } } }
    })
    expect((await chat.sendMessage({ message: results })).text).toContain('sunny in Rome')
    expect(newestUpstreamBody(gateway)['messages']).toMatchObject([
      { role: 'user' },
      {
        role: 'assistant',
        reasoning: 'Paris it is',
        tool_calls: calls.map(({ id, name }) => ({ id, function: { name } })),
      },
      { role: 'tool', tool_call_id: calls[0]?.id, content: 'sunny in Paris' },
      { role: 'tool', tool_call_id: calls[1]?.id, content: 'sunny in Rome' },
    ])
  })
})

describe('function calling', () => {
  test('is forced by the mode ANY among the functions that are allowed', async () => {
    const functionCallingConfig = { mode: FunctionCallingConfigMode.ANY, allowedFunctionNames: ['get_weather'] }
    const functionDeclarations = [weather, { name: 'other' }]
    const reply = await ask('get_weather', { tools: [{ functionDeclarations }], toolConfig: { functionCallingConfig } })
    expect(reply.functionCalls?.map(({ name }) => name)).toEqual(['get_weather'])
    expect(newestUpstreamBody(gateway)['tools']).toHaveLength(1)
  })

  test('knows functions by names that vLLM does not take', async () => {
    const tools = [{ functionDeclarations: [{ name: 'server.tools:read' }] }]
    await ask('Hi', { tools })
    const spelt = /server_tools_read_[0-9a-f]{12}/.exec(JSON.stringify(newestUpstreamBody(gateway)['tools']))?.[0]
    const reply = await ask(`[[call ${spelt} {}]]`, { tools })
    expect(reply.functionCalls?.map(({ name }) => name)).toEqual(['server.tools:read'])
  })

  test('leaves Google’s own tools out, and says so', async () => {
    const reply = await ask('Hi', { tools: [{ googleSearch: {} }, { urlContext: {} }] })
    expect(reply.sdkHttpResponse?.headers?.['x-gateway-dropped-tools']).toBe('googleSearch, urlContext')
    expect(newestUpstreamBody(gateway)).not.toHaveProperty('tools')
  })
})
