import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { ask } from './ask.ts'
import { newestUpstreamBody } from './upstream-requests.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway()
})
afterAll(() => gateway.stop())

const digits = '12345678901234567890'
const found = `{"id":${digits},"all":[-${digits},{"x":9007199254740993}]}`
const prompt = `[[call find ${found}]]`
const parameters = { type: 'object', properties: { id: { type: 'integer' } } }
const openaiTool = { type: 'function', name: 'find', parameters }
const geminiTools = [{ functionDeclarations: [{ name: 'find', parametersJsonSchema: parameters }] }]

/** Text as it came, so that nothing here rounds it. */
async function textOf(path: string, body: unknown): Promise<string> {
  const response = await ask(gateway, body, { path, headers: { 'x-api-key': gateway.key } })
  const text = await response.text()
  expect([path, response.status, text]).toEqual([path, 200, text])
  return text
}

/** All texts of a JSON member put together, as clients do with the pieces of a stream. */
function joined(text: string, member: string): string {
  const pieces = text.matchAll(new RegExp(`"${member}":("(?:[^"\\\\]|\\\\.)*")`, 'g'))
  return [...pieces].map(([, piece = '""']) => JSON.parse(piece)).join('')
}

const messages = [{ role: 'user', content: prompt }]
const chat = { model: 'gemma4', messages, tools: [{ type: 'function', function: { name: 'find', parameters } }] }
const anthropic = { model: 'gemma4', max_tokens: 200, messages, tools: [{ name: 'find', input_schema: parameters }] }
const gemini = { contents: [{ role: 'user', parts: [{ text: prompt }] }], tools: geminiTools }
const responses = { model: 'gemma4', input: prompt, tools: [openaiTool] }
const models = '/v1beta/models/gemma4'

describe('integers beyond 2^53 in what the model calls a tool with reach the client digit by digit', () => {
  test.each([
    ['/v1/chat/completions', chat, 'arguments'],
    ['/v1/chat/completions', { ...chat, stream: true }, 'arguments'],
    ['/v1/responses', responses, 'arguments'],
    ['/v1/messages', { ...anthropic, stream: true }, 'partial_json'],
  ])('as the text that the model wrote, by %s (%#)', async (path, body, member) => {
    expect(joined(await textOf(path, body), member)).toBe(found)
  })

  test('in streamed responses, as pieces and as a whole', async () => {
    const text = await textOf('/v1/responses', { ...responses, stream: true })
    expect(joined(text, 'delta')).toBe(found)
    expect(text).toContain(`"arguments":${JSON.stringify(found)}`)
  })

  test.each([
    ['/v1/messages', anthropic, 'input'],
    [`${models}:generateContent`, gemini, 'args'],
    [`${models}:streamGenerateContent`, gemini, 'args'],
  ])('as an object, by %s', async (path, body, member) => {
    expect(await textOf(path, body)).toContain(`"${member}":${found}`)
  })
})

describe('integers beyond 2^53 in the history of a conversation reach the model digit by digit', () => {
  /** Of the second message that the model was sent, and the third. */
  async function toldModel(path: string, body: string): Promise<unknown[]> {
    await textOf(path, body)
    const { messages: told } = Object(newestUpstreamBody(gateway))
    return [told[1].tool_calls[0].function.arguments, told[2].content]
  }

  test('by the arguments of Anthropic Messages', async () => {
    const call = `{"type":"tool_use","id":"a","name":"find","input":${found}}`
    const result = '{"type":"tool_result","tool_use_id":"a","content":"ok"}'
    const turns = `{"role":"user","content":"x"},{"role":"assistant","content":[${call}]},{"role":"user","content":[${result}]}`
    const tools = JSON.stringify(anthropic.tools)
    const body = `{"model":"gemma4","max_tokens":50,"tools":${tools},"messages":[${turns}]}`
    expect(await toldModel('/v1/messages', body)).toEqual([found, 'ok'])
  })

  test('by the arguments and results of Gemini', async () => {
    const call = `{"functionCall":{"name":"find","args":${found}}}`
    const result = `{"functionResponse":{"name":"find","response":{"rows":[${digits}]}}}`
    const turns = `{"parts":[{"text":"x"}]},{"role":"model","parts":[${call}]},{"role":"user","parts":[${result}]}`
    const body = `{"tools":${JSON.stringify(geminiTools)},"contents":[${turns}]}`
    expect(await toldModel(`${models}:generateContent`, body)).toEqual([found, `{"rows":[${digits}]}`])
  })

  test('by the arguments of Chat Completions, which are text', async () => {
    const call = { id: 'a', type: 'function', function: { name: 'find', arguments: found } }
    const turns = [
      ...messages,
      { role: 'assistant', tool_calls: [call] },
      { role: 'tool', tool_call_id: 'a', content: found },
    ]
    const body = JSON.stringify({ ...chat, messages: turns })
    expect(await toldModel('/v1/chat/completions', body)).toEqual([found, found])
  })
})
