import { describe, expect, test } from 'vitest'
import type { ChatRequest } from '../../src/chat/chat-request.ts'
import { failureOf } from '../chat/failure-of.ts'
import { openVisit } from '../chat/open-visit.ts'
import { until } from '../simulator/running-simulator.ts'
import { asks, tool } from './chat-requests.ts'
import { chatPath, type RunningUpstream, runUpstream, textOf } from './running-upstream.ts'

const tokenizePath = '/tokenize'
const window = 1000

/** A prompt of about a token a word, which is what the estimate expects of no text. */
function digits(count: number): string {
  return Array.from({ length: count }, (_, index) => index % 10).join(' ')
}

/** English as the estimate knows it: it is told to take more tokens than it does. */
function english(words: number): string {
  return Array.from({ length: words }, () => 'sentence').join(' ')
}

/** What vLLM counts in a request, by its own word. */
async function countOf({ url, asked }: RunningUpstream): Promise<number> {
  const body = JSON.stringify(asked(tokenizePath).at(-1)?.body)
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${url}${tokenizePath}`, { method: 'POST', headers, body })
  return ((await answer.json()) as { count: number }).count
}

async function fitted({ contextWindow }: RunningUpstream, request: ChatRequest): Promise<ChatRequest> {
  return contextWindow.fit(request, openVisit())
}

describe('a request', () => {
  test('that is far from the limit is sent as it is, and nothing is counted', async () => {
    const running = await runUpstream({ maxModelLen: window })
    const request = asks('Hi', { max_completion_tokens: 800 })
    expect(await fitted(running, request)).toBe(request)
    expect(running.asked(tokenizePath)).toEqual([])
  })

  test('that comes near the limit is counted by vLLM, and sent as it is where it fits', async () => {
    const running = await runUpstream({ maxModelLen: window })
    const request = asks('Hi', { max_completion_tokens: 900 })
    expect(await fitted(running, request)).toBe(request)
    expect(running.asked(tokenizePath)).toHaveLength(1)
  })

  test('that asks for more than is left gets what is left, but for one token', async () => {
    const running = await runUpstream({ maxModelLen: window })
    const request = asks(english(100), { max_completion_tokens: 5000, temperature: 0.5 })
    const lowered = await fitted(running, request)
    expect(lowered).toEqual({ ...request, max_completion_tokens: window - (await countOf(running)) - 1 })
    expect(await running.ask(lowered)).not.toEqual([])
  })

  test('is counted with its tools, its images and the switch of its template', async () => {
    const running = await runUpstream({ maxModelLen: window })
    const tools = [tool('get_weather')]
    const request = asks('Hi', { max_completion_tokens: 990, tools, chat_template_kwargs: { enable_thinking: true } })
    await fitted(running, request)
    expect(running.asked(tokenizePath)[0]?.body).toEqual({
      model: 'gemma-4-e2b',
      messages: request.messages,
      tools,
      chat_template_kwargs: { enable_thinking: true },
      add_generation_prompt: true,
    })
  })
})

describe('a prompt that leaves', () => {
  /** A prompt that leaves so many tokens of the window, the one that is kept free counted out. */
  async function leaving(running: RunningUpstream, left: number): Promise<string> {
    await fitted(running, asks(digits(500), { max_completion_tokens: 900 }))
    const overhead = (await countOf(running)) - 500
    return digits(window - 1 - left - overhead)
  }

  test('16 tokens is served with them', async () => {
    const running = await runUpstream({ maxModelLen: window })
    const prompt = await leaving(running, 16)
    expect((await fitted(running, asks(prompt, { max_completion_tokens: 400 }))).max_completion_tokens).toBe(16)
  })

  test('15 is refused in the words that clients look for, and vLLM is not asked to generate', async () => {
    const running = await runUpstream({ maxModelLen: window })
    const prompt = await leaving(running, 15)
    const failure = await failureOf(() => running.askFitted(asks(prompt, { max_completion_tokens: 400 })))
    expect(failure).toMatchObject({ kind: 'context-overflow', field: 'messages' })
    expect(failure.message).toBe(
      "This model's maximum context length is 1000 tokens. However, your messages resulted in 984 tokens, and more than 983 leave no room for the reply. Please reduce the length of the messages.",
    )
    expect(running.asked(chatPath)).toEqual([])
  })

  test('15 is served to whoever asks for no more', async () => {
    const running = await runUpstream({ maxModelLen: window })
    const request = asks(await leaving(running, 15), { max_completion_tokens: 15 })
    expect(await running.contextWindow.fitExactly(request, openVisit().signal)).toBe(request)
  })
})

describe('a prompt that the estimate takes for shorter than it is', () => {
  const request = asks(digits(700), { max_completion_tokens: 400 })

  test.each([true, false])('is counted after vLLM’s refusal, and still served, streamed: %j', async (streamed) => {
    const running = await runUpstream({ maxModelLen: window })
    const visit = openVisit({ streamed })
    expect(textOf(await running.askFitted(request, visit))).toContain('Simulated reply')
    const limits = running.asked(chatPath).map(({ body }) => (body as ChatRequest).max_completion_tokens)
    const left = window - (await countOf(running)) - 1
    expect(limits).toEqual([400, left])
    expect(visit.entry.maxTokens).toBe(left)
  })

  test('is refused with its true length where it leaves no room', async () => {
    const running = await runUpstream({ maxModelLen: window })
    const failure = await failureOf(() => running.ask(asks(digits(1100))))
    expect(failure.kind).toBe('context-overflow')
    expect(failure.message).toContain(`your messages resulted in ${await countOf(running)} tokens`)
    expect(running.asked(chatPath)).toHaveLength(1)
  })

  test('is refused, not asked for without end, where vLLM never lets it in', async () => {
    const running = await runUpstream({ maxModelLen: window })
    running.simulator.faults.always('status 500', tokenizePath)
    const failure = await failureOf(() => running.ask(request))
    expect(failure.kind).toBe('context-overflow')
    expect(running.asked(chatPath)).toHaveLength(2)
  })
})

describe('without vLLM’s count', () => {
  test.each(['status 500', 'garbage', 'reset'] as const)(
    'by %s, the estimate lowers the limit but refuses nothing: vLLM decides',
    async (fault) => {
      const running = await runUpstream({ maxModelLen: window })
      running.simulator.faults.always(fault, tokenizePath)
      const { max_completion_tokens: limit } = await fitted(
        running,
        asks(english(100), { max_completion_tokens: 5000 }),
      )
      expect(limit).toBeGreaterThan(window / 2)
      expect(limit).toBeLessThan(window - 100)
      expect(await fitted(running, asks(english(1000)))).toMatchObject({ max_completion_tokens: 16 })
    },
  )

  test.each([
    ['is told to take more than it does leaves nearly all of the room', english(330), [302]],
    [
      'is dense has vLLM asked again, with what the whole estimate leaves',
      Array(500).fill('abc').join(' '),
      [523, 368],
    ],
  ])('a text that %s', async (_, text, limits) => {
    const running = await runUpstream({ maxModelLen: window })
    running.simulator.faults.always('status 404', tokenizePath)
    const request = asks(text, { max_completion_tokens: 5000 })
    expect(textOf(await running.askFitted(request))).toContain('Simulated reply')
    const asked = running.asked(chatPath).map(({ body }) => (body as ChatRequest).max_completion_tokens)
    expect(asked).toHaveLength(limits.length)
    for (const [at, limit] of limits.entries()) expect(asked[at]).toBeCloseTo(limit, -1)
  })

  test('a text that cannot fit is refused uncounted', async () => {
    const running = await runUpstream({ maxModelLen: window })
    const failure = await failureOf(() => fitted(running, asks('x'.repeat(window * 64 + 1))))
    expect(failure.kind).toBe('context-overflow')
    expect(running.asked(tokenizePath)).toEqual([])
  })

  test('no more are counted at once than there are places for it, and the others wait', async () => {
    const running = await runUpstream({ maxModelLen: window })
    running.simulator.faults.always('hang', tokenizePath)
    const visits = Array.from({ length: 5 }, () => openVisit())
    const request = asks('Hi', { max_completion_tokens: 5000 })
    const answers = visits.map((visit) => failureOf(() => running.contextWindow.fit(request, visit)))
    await until(() => running.asked(tokenizePath).length === 2)
    visits[0]?.leave()
    await until(() => running.asked(tokenizePath).length === 3)
    expect(running.asked(tokenizePath).filter(({ closedAt }) => closedAt === undefined).length).toBeLessThanOrEqual(2)
    for (const visit of visits) visit.leave()
    await Promise.all(answers)
    expect(running.asked(tokenizePath).length).toBeLessThan(5)
  })

  test('nobody waits for it who has left', async () => {
    const running = await runUpstream({ maxModelLen: window })
    running.simulator.faults.always('hang', tokenizePath)
    const visit = openVisit()
    const request = asks('Hi', { max_completion_tokens: 5000 })
    const answer = failureOf(() => running.contextWindow.fit(request, visit))
    await until(() => running.asked(tokenizePath).length === 1)
    visit.leave()
    expect((await answer).kind).toBe('abandoned')
    await until(() => running.asked(tokenizePath)[0]?.closedBy === 'client')
  })
})

test('a prompt that is only counted is estimated where it names an image by address, and nobody fetches it', async () => {
  const running = await runUpstream({ maxModelLen: window })
  await running.contextWindow.fit(asks('Hi'), openVisit())
  const request = asks([{ type: 'remote_image', url: 'https://example.org/', field: 'x' }])
  expect(await running.contextWindow.count(request, openVisit().signal)).toBe(6 + 282)
  expect(running.asked(tokenizePath)).toEqual([])
})
