import { describe, expect, onTestFinished, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { ask, says } from './ask.ts'

const asked = '[[think Let me see]] [[say  and on]] [[fault unclosed-thinking]] [[try 2]] [[say Hello]]'

async function start(service = ''): Promise<TestGateway> {
  const gateway = await startTestGateway({ settings: `services: [{ upstreams: ['$VLLM'] ${service} }]` })
  onTestFinished(() => gateway.stop())
  return gateway
}

function bodies({ simulator }: TestGateway): unknown[] {
  return simulator.requests.filter(({ path }) => path === '/v1/chat/completions').map(({ body }) => body)
}

interface Told {
  readonly reasoning: string
  readonly content: string
  readonly finish: readonly string[]
  readonly usage: { readonly completion_tokens: number; readonly prompt_tokens: number } | undefined
}

async function tell(gateway: TestGateway, streamed: boolean): Promise<Told> {
  const body = says(asked, {
    enable_thinking: true,
    ...(streamed ? { stream: true, stream_options: { include_usage: true } } : {}),
  })
  const response = await ask(gateway, body)
  expect(response.status).toBe(200)
  return streamed ? foldFrames(await response.text()) : readReply(await response.json())
}

// What is in them is what the tests look at.
type Piece = { reasoning?: string; content?: string | null }
type Frame = { choices: { delta?: Piece; message?: Piece; finish_reason: string | null }[]; usage?: Told['usage'] }

function readReply(reply: unknown): Told {
  const { choices, usage } = reply as Frame
  const [choice] = choices
  const { reasoning = '', content } = choice?.message ?? {}
  return { reasoning, content: content ?? '', finish: [choice?.finish_reason ?? ''], usage }
}

function foldFrames(text: string): Told {
  const frames = [...text.matchAll(/^data: (\{.*\})$/gm)].map(([, json = '']) => JSON.parse(json) as Frame)
  const choices = frames.flatMap((frame) => frame.choices)
  return {
    reasoning: choices.map(({ delta }) => delta?.reasoning ?? '').join(''),
    content: choices.map(({ delta }) => delta?.content ?? '').join(''),
    finish: choices.flatMap(({ finish_reason: reason }) => reason ?? []),
    usage: frames.at(-1)?.usage ?? undefined,
  }
}

describe.each([
  ['a stream', true],
  ['a whole reply', false],
])('%s that is only thought', (_form, streamed) => {
  test('goes on with what the model says without thinking, and tells what both took', async () => {
    const gateway = await start()
    const told = await tell(gateway, streamed)
    expect(told).toMatchObject({ reasoning: 'Let me see and on', content: 'Hello', finish: ['stop'] })
    expect(bodies(gateway)).toMatchObject([
      { chat_template_kwargs: { enable_thinking: true } },
      { chat_template_kwargs: { enable_thinking: false } },
    ])
    expect(gateway.lines.at(-1)?.usage?.completionTokens).toBe(told.usage?.completion_tokens)
    expect(gateway.lines.at(-1)?.usage?.promptTokens).toBe(told.usage?.prompt_tokens)
  })

  test('is shown as text where the service says so', async () => {
    const gateway = await start(', thinkingOnly: show')
    expect(await tell(gateway, streamed)).toMatchObject({ content: 'Let me see and on', finish: ['stop'] })
    expect(bodies(gateway)).toHaveLength(1)
  })

  test('is left without text where the service says so', async () => {
    const gateway = await start(', thinkingOnly: leave')
    expect(await tell(gateway, streamed)).toMatchObject({ reasoning: 'Let me see and on', content: '' })
    expect(bodies(gateway)).toHaveLength(1)
  })
})
