import { describe, expect, test } from 'vitest'
import type { ChatEvent } from '../../src/chat/chat-event.ts'
import { answer, askModel, calls, finishes, says, start, thinks, usage } from './answer-events.ts'
import { asks } from './chat-requests.ts'
import { expectGrammar } from './event-grammar.ts'
import { replyOf } from './running-upstream.ts'

const request = asks('Hi', { chat_template_kwargs: { enable_thinking: true } })
const thought = answer(...thinks('Hm'), finishes())

describe.each([
  ['streamed', true],
  ['whole', false],
])('an answer that is only thought, %s,', (_form, streamed) => {
  test('is asked for once again without thinking, and goes on as one answer', async () => {
    const { asked, events } = await askModel(request, [thought, answer(...says('Hello'), finishes())], { streamed })
    expect(asked).toEqual([request, { ...request, chat_template_kwargs: { enable_thinking: false } }])
    expectGrammar(events, 1)
    expect(replyOf(events)).toMatchObject({
      choices: [{ reasoning: 'Hm', text: 'Hello', finish: { reason: 'stop' } }],
      usage: { promptTokens: 20, cachedTokens: 4, completionTokens: 10, reasoningTokens: 8 },
    })
  })

  test('may go on with a call', async () => {
    const { events } = await askModel(request, [thought, answer(...calls('f', '{}'), finishes('tool-calls'))], {
      streamed,
    })
    expectGrammar(events, 1)
    expect(replyOf(events).choices).toMatchObject([{ toolCalls: [{ name: 'f' }], finish: { reason: 'tool-calls' } }])
  })

  test('is an answer where the second is no better', async () => {
    const { asked, events } = await askModel(request, [thought, thought], { streamed })
    expect(asked).toHaveLength(2)
    expectGrammar(events, 1)
    expect(replyOf(events).choices).toMatchObject([{ reasoning: 'HmHm', text: '', finish: { reason: 'stop' } }])
  })

  test('is told as text too where it shall be shown', async () => {
    const { asked, events } = await askModel(request, [thought], { streamed, thinkingOnly: 'show' })
    expect(asked).toHaveLength(1)
    expectGrammar(events, 1)
    expect(replyOf(events)).toMatchObject({
      choices: [{ reasoning: 'Hm', text: 'Hm' }],
      usage: { completionTokens: 5 },
    })
  })

  test('is left alone where it shall be', async () => {
    const { asked, events } = await askModel(request, [thought], { streamed, thinkingOnly: 'leave' })
    expect(asked).toHaveLength(1)
    expect(events).toEqual(thought)
  })

  test('with a blank text is one too', async () => {
    const blank = answer(...thinks('Hm'), ...says('\n\n'), finishes())
    const { asked, events } = await askModel(request, [blank, answer(...says('Hello'), finishes())], { streamed })
    expect(asked).toHaveLength(2)
    expect(replyOf(events).choices[0]?.text).toBe('\n\nHello')
  })
})

describe.each(['retry', 'show'] as const)('with the policy %s', (thinkingOnly) => {
  test.each<[string, ChatEvent[]]>([
    ['an answer that has text', [...thinks('Hm'), ...says('Hello'), finishes()]],
    ['a call', [...thinks('Hm'), ...calls('f', '{}'), finishes('tool-calls')]],
    ['thought that its length cut', [...thinks('Hm'), finishes('length')]],
    ['thought that a stop string ended', [...thinks('Hm'), finishes('stop-string')]],
    ['an answer without anything', [finishes()]],
  ])('%s is left as it is', async (_what, events) => {
    const told = await askModel(request, [answer(...events)], { thinkingOnly })
    expect(told.asked).toHaveLength(1)
    expect(told.events).toEqual(answer(...events))
  })
})

test('of several choices only that one is asked for again', async () => {
  const first = answer(...says('Hello', 0), ...thinks('Hm', 1), finishes('stop', 0), finishes('stop', 1))
  const { asked, events } = await askModel({ ...request, n: 2 }, [first, answer(...says('Hi'), finishes())])
  expect(asked.map(({ n }) => n)).toEqual([2, undefined])
  expectGrammar(events, 2)
  expect(replyOf(events).choices.map(({ text }) => text)).toEqual(['Hello', 'Hi'])
})

test('thought is told as it comes, and nothing is held once there is text', async () => {
  const told = [...thinks('Hm'), ...says('Hello'), finishes()]
  const { batches } = await askModel(request, [answer(...told)])
  expect(batches).toEqual([[start, told[0]], ...told.slice(1).map((event) => [event]), [usage]])
})

test('log probabilities come just before what they belong to', async () => {
  const logprobs: ChatEvent = {
    type: 'logprobs',
    choice: 0,
    tokens: [{ token: 'a', logprob: -1, bytes: null, top_logprobs: [] }],
  }
  const told = [...thinks('Hm'), logprobs, ...says('Hello'), logprobs, finishes()]
  const { events } = await askModel(request, [answer(...told)])
  expect(events).toEqual(answer(...told))
})
