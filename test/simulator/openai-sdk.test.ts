import OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import { runSimulator } from './running-simulator.ts'

describe("OpenAI's SDK", () => {
  test('reads a whole reply, a stream with tools, models and embeddings', async () => {
    const { url } = await runSimulator({ apiKey: 'k' })
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'k', maxRetries: 0 })
    const messages = [{ role: 'user' as const, content: '[[say Hi]][[call f {"a":1}]]' }]
    const tools = [{ type: 'function' as const, function: { name: 'f', parameters: { type: 'object' } } }]
    const model = 'gemma-4-e2b'
    const whole = await client.chat.completions.create({ model, messages, tools })
    expect(whole.choices[0]?.message.content).toBe('Hi')
    const streamed = await client.chat.completions.stream({ model, messages, tools }).finalChatCompletion()
    expect(streamed.choices[0]?.message.tool_calls?.[0]).toMatchObject({
      function: { name: 'f', arguments: expect.stringContaining('{"a":1}') },
    })
    expect((await client.models.list()).data[0]?.id).toBe(model)
    const embedded = await client.embeddings.create({ model, input: 'Hi' })
    expect(embedded.data[0]?.embedding).toHaveLength(768)
  })
})
