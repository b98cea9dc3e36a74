import { describe, expect, test } from 'vitest'
import type { ChatEvent, ChatEvents } from '../../src/chat/chat-event.ts'
import type { ChatRequest, ToolChoice } from '../../src/chat/chat-request.ts'
import { enforceToolChoice } from '../../src/upstream/enforce-tool-choice.ts'
import { failureOf } from '../chat/failure-of.ts'
import { openVisit } from '../chat/open-visit.ts'
import { deliveriesOf, delivering } from '../support/deliveries.ts'
import { asks, tool } from './chat-requests.ts'
import { expectGrammar } from './event-grammar.ts'
import { chatPath, replyOf, runUpstream } from './running-upstream.ts'

const tools = [tool('get_weather'), tool('get_time')]
const named = { type: 'function', function: { name: 'get_weather' } } as const

function usage(completionTokens: number): ChatEvent {
  return { type: 'usage', usage: { promptTokens: 10, cachedTokens: 2, completionTokens, reasoningTokens: 1 } }
}

function says(...rest: ChatEvent[]): ChatEvents[] {
  return [
    [{ type: 'start', created: 1 }],
    [
      { type: 'text-start', choice: 0 },
      { type: 'text-delta', choice: 0, text: 'Well' },
      { type: 'text-end', choice: 0 },
    ],
    [...rest, { type: 'finish', choice: 0, reason: 'stop', stopString: null }, usage(5)],
  ]
}

const call: ChatEvent[] = [
  { type: 'tool-call-start', choice: 0, index: 0, id: 'a', name: 'get_weather' },
  { type: 'tool-call-delta', choice: 0, index: 0, json: '{}' },
  { type: 'tool-call-end', choice: 0, index: 0, complete: true },
]

/** A model that gives its answers in turn, and what it was asked. */
function model(...answers: ChatEvents[][]) {
  const asked: ChatRequest[] = []
  async function* ask(request: ChatRequest): AsyncGenerator<ChatEvents> {
    asked.push(request)
    yield* answers[asked.length - 1] ?? []
  }
  return { asked, ask: delivering(ask) }
}

function batchesOf(choice: ToolChoice | undefined, { ask }: ReturnType<typeof model>): Promise<ChatEvents[]> {
  return deliveriesOf((deliver) => enforceToolChoice(asks('Hi', { tools, tool_choice: choice }), deliver, ask))
}

test.each([undefined, 'auto', 'none'] as const)('a choice of %s leaves request and answer alone', async (choice) => {
  const answering = model(says())
  expect(await batchesOf(choice, answering)).toEqual(says())
  expect(answering.asked).toEqual([asks('Hi', { tools, tool_choice: choice })])
})

describe('a forced call', () => {
  test.each([
    ['any tool', 'required', 'Answer by calling at least one of the available tools, without other text.'],
    ['one tool', named, 'Answer by calling the tool get_weather, without other text.'],
  ] as const)('of %s is asked for in words', async (_name, choice, words) => {
    const answering = model(says(...call))
    await batchesOf(choice, answering)
    expect(answering.asked).toHaveLength(1)
    expect(answering.asked[0]?.messages).toEqual([{ role: 'user', content: `Hi\n\n${words}` }])
  })

  test('holds back what comes before it, and loses nothing of it', async () => {
    const batches = await batchesOf('required', model(says(...call)))
    expect(batches).toEqual([says(...call).flat()])
  })

  test('lets go as it comes what comes after it', async () => {
    const [first = [], ...rest] = says(...call).toReversed()
    const answer: ChatEvents[] = [call, first, ...rest]
    expect(await batchesOf('required', model(answer))).toEqual(answer)
  })

  test('that does not come is asked for once again, and the caller is told what both took', async () => {
    const events = (await batchesOf('required', model(says(), says(...call)))).flat()
    expectGrammar(events, 1)
    expect(events.at(-1)).toEqual({
      type: 'usage',
      usage: { promptTokens: 20, cachedTokens: 4, completionTokens: 10, reasoningTokens: 2 },
    })
  })

  test('that does not come twice is a failure, and nothing was told', async () => {
    const answering = model(says(), says(), says(...call))
    const told: ChatEvents[] = []
    const deliver = (batch: ChatEvents) => {
      told.push(batch)
      return undefined
    }
    const request = asks('Hi', { tools, tool_choice: 'required' })
    const failure = await failureOf(() => enforceToolChoice(request, deliver, answering.ask))
    expect(failure.kind).toBe('upstream-failed')
    expect([told, answering.asked.length]).toEqual([[], 2])
  })
})

describe('the words that ask for a call stand', () => {
  async function asked(messages: ChatRequest['messages']): Promise<ChatRequest['messages'] | undefined> {
    const answering = model(says(...call))
    const request = { ...asks(''), messages, tools, tool_choice: named }
    await enforceToolChoice(request, () => undefined, answering.ask)
    return answering.asked[0]?.messages
  }
  const words = 'Answer by calling the tool get_weather, without other text.'
  const system = { role: 'system', content: 'Be brief.' } as const

  test('at the end of the newest message of user or tool, so that the prompt before them stays the same', async () => {
    const result = { role: 'tool', tool_call_id: 'a', content: 'sunny' } as const
    const assistant = { role: 'assistant', content: 'Hm' } as const
    const before = [system, { role: 'user', content: 'Hi' }, assistant] as const
    expect(await asked([...before, result])).toEqual([...before, { ...result, content: `sunny\n\n${words}` }])
    expect(await asked(before)).toEqual([system, { role: 'user', content: `Hi\n\n${words}` }, assistant])
  })

  test('in a part of their own where the message has parts', async () => {
    const part = { type: 'text', text: 'Hi' } as const
    expect(await asked([{ role: 'user', content: [part] }])).toEqual([
      { role: 'user', content: [part, { type: 'text', text: words }] },
    ])
  })

  test('in a message of their own where there is none', async () => {
    expect(await asked([system])).toEqual([system, { role: 'user', content: words }])
  })
})

describe('against a server that does not enforce it,', () => {
  test('a named call is made, because it is asked for in words', async () => {
    const { ask, asked } = await runUpstream()
    const reply = replyOf(await ask(asks('What now?', { tools, tool_choice: named })))
    expect(reply.choices).toMatchObject([{ toolCalls: [{ name: 'get_weather' }], finish: { reason: 'tool-calls' } }])
    expect(asked(chatPath)[0]?.body).toMatchObject({ tool_choice: 'auto' })
  })

  test('a call that never comes is a failure after two tries, both of them accounted for', async () => {
    const { ask, asked } = await runUpstream()
    const visit = openVisit()
    const failure = await failureOf(() => ask(asks('[[say no]]', { tools, tool_choice: 'required' }), visit))
    expect(failure.kind).toBe('upstream-failed')
    expect(asked(chatPath)).toHaveLength(2)
    const { ask: askOnce } = await runUpstream()
    const once = openVisit()
    await askOnce(asked(chatPath)[0]?.body as ChatRequest, once)
    expect(visit.entry.usage?.completionTokens).toBe(2 * (once.entry.usage?.completionTokens ?? 0))
  })
})
