import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ChatMessage } from '../../src/chat/chat-request.ts'
import { readFrames } from '../dialects/anthropic-messages/answer.ts'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { newestUpstreamBody } from './upstream-requests.ts'

interface Captured {
  readonly name: string
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: {
    readonly messages?: object[]
    readonly stream?: boolean
    readonly model?: string
    readonly tools?: { readonly name: string }[]
    readonly tool_choice?: { readonly type: string }
  } | null
}

function readCapture(name: string): Captured[] {
  return JSON.parse(readFileSync(new URL(`../captures/${name}.json`, import.meta.url), 'utf8'))
}

const roundTrip = readCapture('claude-code-2.1.329/tool-roundtrip-thinking-image')
const toolSearch = readCapture('claude-code-2.1.329/toolsearch-websearch')
const sdks = [
  'anthropic-sdk-1.11.0',
  'anthropic-sdk-0.137.0',
  'anthropic-python-1.13.0',
  'ai-sdk-anthropic-4',
  'langchain-anthropic',
].flatMap((client) => readCapture(`${client}/requests`))

let gateway: TestGateway
/** Lets the billing header through. */
let honest: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({ simulator: { maxModelLen: 65_536 } })
  honest = await startTestGateway({
    settings: "services: [{ upstreams: ['$VLLM'], anthropic: { stripBillingHeader: false } }]",
    simulator: { maxModelLen: 65_536 },
  })
})

afterAll(() => Promise.all([gateway.stop(), honest.stop()]))

/** Sends a request as it was recorded, with a key of ours. */
function replay({ method, url, headers, body }: Captured, to = gateway): Promise<Response> {
  const keyed = Object.entries(headers).map(([name, value]) => [name, value.replace('<key>', to.key)] as const)
  const sent = body === null ? null : JSON.stringify(body)
  return fetch(to.url + url, { method, headers: Object.fromEntries(keyed), body: sent })
}

/** Every field that may reach vLLM. */
const allowed = [
  'chat_template_kwargs',
  'max_completion_tokens',
  'messages',
  'model',
  'parallel_tool_calls',
  'stream',
  'stream_options',
  'temperature',
  'tool_choice',
  'tools',
  'top_k',
  'top_p',
]

/** A forced call that the look-alike does not make is another test's. */
const answered = [...roundTrip, ...toolSearch, ...sdks].filter(({ body }) => body?.tool_choice?.type !== 'any')

test.for(answered.map((captured) => [captured.name, captured] as const))('answers %s', async ([_name, captured]) => {
  const { url, method, body } = captured
  const response = await replay(captured)
  const text = await response.text()
  expect(response.status, text).toBe(200)
  if (body?.stream === true) {
    const frames = readFrames(text)
    expect(frames[0]).toMatchObject({ type: 'message_start', message: { model: body.model } })
    expect(frames.at(-1)).toEqual({ type: 'message_stop' })
  } else if (method === 'GET') expect(JSON.parse(text)).toMatchObject({ data: [{ type: 'model' }], has_more: false })
  else if (url.endsWith('count_tokens')) expect(JSON.parse(text)).toEqual({ input_tokens: expect.any(Number) })
  else expect(JSON.parse(text)).toMatchObject({ type: 'message', model: body?.model })
  expect(allowed).toEqual(expect.arrayContaining(Object.keys(newestUpstreamBody(gateway))))
})

async function upstreamOf(captured: Captured | undefined, at = gateway): Promise<Record<string, unknown>> {
  if (captured === undefined) throw new Error('The capture is not complete.')
  await (await replay(captured, at)).text()
  return newestUpstreamBody(at)
}

function messagesIn(body: Record<string, unknown>): ChatMessage[] {
  // The gateway sends messages, or the tests that look into them fail.
  return body['messages'] as ChatMessage[]
}

function toolsIn(body: Record<string, unknown>): string[] {
  // As above.
  return ((body['tools'] ?? []) as { function: { name: string } }[]).map(({ function: { name } }) => name)
}

describe('Claude Code', () => {
  test('has a prompt whose beginning stays the same from turn to turn', async () => {
    const first = await upstreamOf(roundTrip[0])
    const second = await upstreamOf(roundTrip[1])
    expect(messagesIn(first)).toHaveLength(3)
    expect(messagesIn(second).slice(0, 3)).toEqual(messagesIn(first))
    expect(second['tools']).toEqual(first['tools'])
    expect(second['chat_template_kwargs']).toEqual({ enable_thinking: true })
    const searched = await upstreamOf(toolSearch[1])
    expect(messagesIn(searched).slice(0, 1)).toEqual(messagesIn(first).slice(0, 1))
  })

  test('never has its billing header reach the model, unless the owner wants it', async () => {
    const systemOf = async (captured: Captured, at: TestGateway) => messagesIn(await upstreamOf(captured, at))[0]
    for (const captured of [...roundTrip, ...toolSearch]) {
      expect(JSON.stringify(captured.body)).toContain('x-anthropic-billing-header')
      expect(JSON.stringify(await upstreamOf(captured))).not.toContain('billing')
      expect(await systemOf(captured, honest)).toMatchObject({
        role: 'system',
        content: expect.stringMatching(
          /^x-anthropic-billing-header: cc_version=2\.1\.329\.\w+; cc_entrypoint=sdk-cli;\n\n</,
        ),
      })
    }
  })

  test('keeps its system message behind the first question', async () => {
    const roles = messagesIn(await upstreamOf(roundTrip[1])).map(({ role }) => role)
    expect(roles).toEqual(['system', 'user', 'system', 'assistant', 'tool', 'tool'])
  })

  test('gets its thinking, its calls and their results to the model, an image among them', async () => {
    const [, , , assistant, ...results] = messagesIn(await upstreamOf(roundTrip[1]))
    expect(assistant).toMatchObject({
      content: null,
      reasoning: 'I should read',
      tool_calls: [
        { id: 'call_abc123', function: { name: 'Read', arguments: '{"file_path":"/home/user/project/a.txt"}' } },
        { id: 'call_def456' },
      ],
    })
    expect(results).toEqual([
      { role: 'tool', tool_call_id: 'call_abc123', content: '1\thello\n2\t' },
      {
        role: 'tool',
        tool_call_id: 'call_def456',
        content: [{ type: 'image_url', image_url: { url: expect.stringMatching(/^data:image\/png;base64,iVBOR/) } }],
      },
    ])
  })

  test('has a deferred tool shown once a result refers to it, and its placeholder never', async () => {
    const [before, after] = [toolsIn(await upstreamOf(toolSearch[0])), toolsIn(await upstreamOf(toolSearch[1]))]
    expect(before).toHaveLength(11)
    expect(after.filter((name) => !before.includes(name)).toSorted()).toEqual(['WebFetch', 'WebSearch'])
    for (const names of [before, after]) expect(names).not.toContain('DeferredToolPlaceholder')
    expect(messagesIn(await upstreamOf(toolSearch[1])).slice(-2)).toMatchObject([
      { role: 'tool', content: 'Tool WebFetch is now available.\n\nTool WebSearch is now available.' },
      { role: 'user', content: 'Tool loaded.' },
    ])
  })

  test('has its web search answered by the model alone', async () => {
    const captured = toolSearch.find(({ name }) => name.startsWith('side request'))
    const body = await upstreamOf(captured)
    expect(body).not.toHaveProperty('tools')
    expect(body).not.toHaveProperty('tool_choice')
    const response = captured === undefined ? undefined : await replay(captured)
    expect(response?.headers.get('x-gateway-dropped-tools')).toBe('web_search_20250305')
    await response?.text()
  })
})
