import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ChatMessage } from '../../src/chat/chat-request.ts'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { readGeminiFrames, type Told } from './ask-gemini.ts'
import { newestUpstreamBody } from './upstream-requests.ts'

interface Captured {
  readonly name: string
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: { readonly contents?: object[]; readonly tools?: object[] } | null
}

function readCapture(name: string): Captured[] {
  return JSON.parse(readFileSync(new URL(`../captures/${name}.json`, import.meta.url), 'utf8'))
}

const cli = readCapture('gemini-cli-0.61.0/tool-roundtrip')
const sdks = [
  'google-genai-3.1.0',
  'google-genai-python-2.25.0',
  'ai-sdk-google-4',
  'langchain-google-genai-2.3.2',
].flatMap((client) => readCapture(`${client}/requests`))

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({ settings: "services: [{ upstreams: ['$VLLM'], aliases: [gemma, gemini-*] }]" })
})

afterAll(() => gateway.stop())

/** Sends a request as it was recorded, with a key of ours. */
function replay({ method, url, headers, body }: Captured): Promise<Response> {
  const keyed = Object.entries(headers).map(([name, value]) => [name, value.replace('<key>', gateway.key)] as const)
  const sent = body === null ? null : JSON.stringify(body)
  return fetch(gateway.url + url, { method, headers: Object.fromEntries(keyed), body: sent })
}

/** Every field that may reach vLLM. */
const allowed = [
  'chat_template_kwargs',
  'frequency_penalty',
  'logprobs',
  'max_completion_tokens',
  'messages',
  'min_p',
  'model',
  'n',
  'presence_penalty',
  'repetition_penalty',
  'response_format',
  'seed',
  'stop',
  'stream',
  'stream_options',
  'temperature',
  'tool_choice',
  'tools',
  'top_k',
  'top_logprobs',
  'top_p',
  'parallel_tool_calls',
]

/** No embeddings are made here; a forced call that the look-alike does not make is another test's. */
const isAnswered = ({ url, body }: Captured) => !url.includes('Embed') && body?.tools === undefined
const answered = [...cli, ...sdks.filter(isAnswered)]

test.for(answered.map((captured) => [captured.name, captured] as const))('answers %s', async ([_name, captured]) => {
  const response = await replay(captured)
  const text = await response.text()
  expect(response.status, text).toBe(200)
  const told: Told = captured.url.includes('alt=sse') ? (readGeminiFrames(text).objects.at(-1) ?? {}) : JSON.parse(text)
  if (captured.method === 'GET') expect(text).toMatch(/"name":"models\//)
  else if (captured.url.includes(':countTokens')) expect(told).toMatchObject({ totalTokens: expect.any(Number) })
  else expect(told.candidates?.[0]).toMatchObject({ finishReason: 'STOP', content: { role: 'model' } })
  expect(allowed).toEqual(expect.arrayContaining(Object.keys(newestUpstreamBody(gateway))))
})

test.for(sdks.filter(({ url }) => url.includes('Embed')))(
  'tells in Google’s words that there is no $name',
  async (captured) => {
    const response = await replay(captured)
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ error: { code: 404, status: 'NOT_FOUND' } })
  },
)

test('the model’s name comes back as it stood in the path', async () => {
  const named = sdks.filter(({ name }) => / model name/.test(name))
  const versions = named.map(async (captured) => ((await (await replay(captured)).json()) as Told).modelVersion)
  expect(await Promise.all(versions)).toEqual(['x', 'publishers/google/models/x', 'google/gemma-4'])
})

describe('Gemini CLI', () => {
  async function upstreamOf(captured: Captured | undefined): Promise<Record<string, unknown>> {
    if (captured === undefined) throw new Error('The capture is not complete.')
    await (await replay(captured)).text()
    return newestUpstreamBody(gateway)
  }

  function messagesIn(body: Record<string, unknown>): ChatMessage[] {
    // The gateway sends messages, or the tests that look into them fail.
    return body['messages'] as ChatMessage[]
  }

  test('asks its router’s question with a schema of upper-case types', async () => {
    const body = await upstreamOf(cli[0])
    expect(body['response_format']).toMatchObject({
      json_schema: { schema: { type: 'object', properties: { complexity_score: { type: 'integer' } } } },
    })
    expect(body['chat_template_kwargs']).toEqual({ enable_thinking: true })
  })

  test('asks with fifteen tools, as it describes them', async () => {
    const tools = (await upstreamOf(cli[1]))['tools']
    expect(tools).toHaveLength(15)
    expect(tools).toContainEqual({
      type: 'function',
      function: {
        name: 'read_file',
        description: expect.any(String),
        parameters: expect.objectContaining({ type: 'object', properties: { file_path: { type: 'string' } } }),
      },
    })
  })

  test('has its results found by the ids that it made up', async () => {
    const [, , assistant, ...results] = messagesIn(await upstreamOf(cli[2]))
    expect(assistant).toMatchObject({
      role: 'assistant',
      tool_calls: [
        { id: 'read_file_1760000000000_0', function: { arguments: '{"file_path":"/home/user/project/a.txt"}' } },
        { id: 'x2' },
      ],
    })
    expect(assistant).not.toHaveProperty('reasoning')
    expect(results).toEqual([
      { role: 'tool', tool_call_id: 'read_file_1760000000000_0', content: 'hello\n' },
      { role: 'tool', tool_call_id: 'x2', content: 'hello\n' },
    ])
  })

  test('has a prompt whose beginning stays the same from turn to turn', async () => {
    const first = await upstreamOf(cli[1])
    const second = await upstreamOf(cli[2])
    expect(messagesIn(second).slice(0, messagesIn(first).length)).toEqual(messagesIn(first))
    expect(second['tools']).toEqual(first['tools'])
  })
})
