import { describe, expect, test } from 'vitest'
import type { ChatEvents } from '../../src/chat/chat-event.ts'
import type { FunctionTool } from '../../src/chat/chat-request.ts'
import { GatewayError } from '../../src/chat/gateway-error.ts'
import { planAnswer } from '../../src/upstream/answer-rules.ts'
import { keepToRules } from '../../src/upstream/keep-to-rules.ts'
import { createTimeBoxes } from '../../src/upstream/time-box.ts'
import { failureOf } from '../chat/failure-of.ts'
import { answer, askModel, calls, finishes, says, start, thinks, usage } from './answer-events.ts'
import { asks } from './chat-requests.ts'
import { expectGrammar } from './event-grammar.ts'
import { replyOf } from './running-upstream.ts'

const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }

function weather(strict?: boolean): FunctionTool {
  return { type: 'function', function: { name: 'get_weather', parameters, strict } }
}

const forced = asks('Hi', { tools: [weather()], tool_choice: 'required' })
const strict = asks('Hi', { tools: [weather(true)], tool_choice: 'auto' })
const good = calls('get_weather', '{"city":"Paris"}')
const bad = calls('get_weather', '{"city":5}')
const forms = [
  ['streamed', true],
  ['whole', false],
] as const

describe.each(forms)('a forced call, %s,', (_form, streamed) => {
  test('is told with what comes before it, and asked for once', async () => {
    const { asked, events } = await askModel(forced, [answer(...says('Well'), ...good, finishes('tool-calls'))], {
      streamed,
    })
    expect(asked).toHaveLength(1)
    expect(events).toEqual(answer(...says('Well'), ...good, finishes('tool-calls')))
  })

  test('that does not come is asked for once again, with what was said, and both are accounted for', async () => {
    const answers = [answer(...says('Well'), finishes()), answer(...good, finishes('tool-calls'))]
    const { asked, events } = await askModel(forced, answers, { streamed })
    expect(asked[1]?.messages.slice(1)).toEqual([
      { role: 'assistant', content: 'Well' },
      { role: 'user', content: expect.stringMatching(/^That was no call\. Answer by calling at least one/) },
    ])
    expectGrammar(events, 1)
    expect(replyOf(events)).toMatchObject({
      choices: [{ text: '', toolCalls: [{ json: '{"city":"Paris"}' }], finish: { reason: 'tool-calls' } }],
      usage: { promptTokens: 20, cachedTokens: 4, completionTokens: 10, reasoningTokens: 8 },
    })
  })

  test('that does not come twice is a failure, and nothing was told', async () => {
    const batches: ChatEvents[] = []
    const no = answer(...says('Well'), finishes())
    const onBatch = (batch: ChatEvents) => batches.push(batch)
    const failure = await failureOf(() => askModel(forced, [no, no], { streamed, onBatch }))
    expect(failure).toMatchObject({
      kind: 'upstream-failed',
      message: 'The model called no tool, although the request asks for a call.',
    })
    expect(batches).toEqual([])
  })

  test('whose arguments miss the schema is asked for once again, with what was wrong', async () => {
    const answers = [answer(...thinks('Hm'), ...bad, finishes('tool-calls')), answer(...good, finishes('tool-calls'))]
    const { asked, events } = await askModel(forced, answers, { streamed })
    expect(asked[1]?.messages.slice(1)).toEqual([
      {
        role: 'assistant',
        content: null,
        reasoning: 'Hm',
        tool_calls: [
          { id: 'get_weather-0', type: 'function', function: { name: 'get_weather', arguments: '{"city":5}' } },
        ],
      },
      {
        role: 'tool',
        tool_call_id: 'get_weather-0',
        content: expect.stringMatching(/^Error: arguments\/city must be string.*\n\nAnswer by calling at least one/),
      },
    ])
    expectGrammar(events, 1)
    expect(replyOf(events).choices).toMatchObject([{ reasoning: 'Hm', toolCalls: [{ json: '{"city":"Paris"}' }] }])
  })

  test('whose arguments miss the schema twice is a failure in plain words', async () => {
    const miss = answer(...bad, finishes('tool-calls'))
    const failure = await failureOf(() => askModel(forced, [miss, miss], { streamed }))
    expect(failure.kind).toBe('upstream-failed')
    expect(failure.message).toMatch(/^The model did not call a tool as its schema and the request ask for/)
  })

  test('that was cut by its length is told as it is', async () => {
    const cut = answer(...calls('get_weather', '{"city":', { complete: false }), finishes('length'))
    const { asked, events } = await askModel(forced, [cut], { streamed })
    expect(asked).toHaveLength(1)
    expect(events).toEqual(cut)
  })

  test('whose arguments are no object, though nothing cut them, is asked for once again', async () => {
    const malformed = answer(...calls('get_weather', '{city:1}', { complete: false }), finishes('tool-calls'))
    const { asked, events } = await askModel(forced, [malformed, answer(...good, finishes('tool-calls'))], { streamed })
    const told = asked[1]?.messages.find(({ role }) => role === 'tool')
    expect(told?.content).toContain('The arguments are not one JSON object.')
    expect(replyOf(events).choices).toMatchObject([{ toolCalls: [{}], finish: { reason: 'tool-calls' } }])
  })

  test('that thought kept from coming is asked for without thinking', async () => {
    const request = { ...forced, chat_template_kwargs: { enable_thinking: true } }
    const answers = [answer(...thinks('Hm'), finishes('length')), answer(...good, finishes('tool-calls'))]
    const { asked } = await askModel(request, answers, { streamed })
    expect(asked[1]?.chat_template_kwargs).toEqual({ enable_thinking: false })
    expect(asked[1]?.messages).toEqual(asked[0]?.messages)
  })
})

test('a call of another tool than the one that is asked for will not do', async () => {
  const tools = [weather(), { type: 'function', function: { name: 'get_time' } } as const]
  const request = { ...forced, tools, tool_choice: { type: 'function', function: { name: 'get_time' } } } as const
  const answers = [answer(...good, finishes('tool-calls')), answer(...calls('get_time', '{}'), finishes('tool-calls'))]
  const { asked, events } = await askModel(request, answers)
  expect(JSON.stringify(asked[1]?.messages)).toContain('Error: Call get_time instead.')
  expect(replyOf(events).choices[0]?.toolCalls).toMatchObject([{ name: 'get_time' }])
})

test('a call of a tool that there is not will not do', async () => {
  const answers = [answer(...calls('rm', '{}'), finishes('tool-calls')), answer(...good, finishes('tool-calls'))]
  const { asked } = await askModel(forced, answers)
  expect(JSON.stringify(asked[1]?.messages)).toContain('There is no such tool.')
})

test('of several calls each is answered, and all are asked for again', async () => {
  const second = calls('get_weather', '{"city":"Rome"}', { index: 1 })
  const answers = [answer(...bad, ...second, finishes('tool-calls')), answer(...good, finishes('tool-calls'))]
  const { asked } = await askModel(forced, answers)
  expect(asked[1]?.messages.slice(2)).toMatchObject([
    { role: 'tool', tool_call_id: 'get_weather-0', content: expect.stringContaining('Error: ') },
    { role: 'tool', tool_call_id: 'get_weather-1', content: expect.stringContaining('Not run, because') },
  ])
})

test('thought is told while a call is awaited, and text is not', async () => {
  const { batches } = await askModel(forced, [
    answer(...thinks('Hm'), ...says('Well'), ...good, finishes('tool-calls')),
  ])
  const [first, ...rest] = thinks('Hm')
  const held = [...says('Well'), ...good, finishes('tool-calls')]
  expect(batches).toEqual([[start, first], ...rest.map((event) => [event]), held, [usage]])
})

describe('a strict tool', () => {
  test.each(forms)(
    'is called again where its arguments miss the schema, and text is told once, %s',
    async (_form, streamed) => {
      const answers = [
        answer(...says('Let me see.'), ...bad, finishes('tool-calls')),
        answer(...says('Once more.'), ...good, finishes('tool-calls')),
      ]
      const { asked, events } = await askModel(strict, answers, { streamed })
      expect(asked[1]?.messages.slice(1)).toMatchObject([
        { role: 'assistant', content: 'Let me see.', tool_calls: [{ id: 'get_weather-0' }] },
        { role: 'tool', content: expect.stringMatching(/corrected\.$/) },
      ])
      expectGrammar(events, 1)
      expect(replyOf(events).choices).toMatchObject([
        { text: 'Let me see.', toolCalls: [{ json: '{"city":"Paris"}' }] },
      ])
    },
  )

  test('may be answered in words at the second time', async () => {
    const answers = [answer(...bad, finishes('tool-calls')), answer(...says('Sunny.'), finishes())]
    const { events } = await askModel(strict, answers)
    expect(replyOf(events).choices).toMatchObject([{ text: 'Sunny.', toolCalls: [], finish: { reason: 'stop' } }])
  })

  test('that is called wrongly twice is a failure', async () => {
    const miss = answer(...bad, finishes('tool-calls'))
    expect((await failureOf(() => askModel(strict, [miss, miss]))).kind).toBe('upstream-failed')
  })

  test('holds calls back alone: text is told as it comes', async () => {
    const { batches } = await askModel(strict, [answer(...says('Well'), ...good, finishes('tool-calls'))])
    const [first, ...rest] = says('Well')
    expect(batches).toEqual([
      [start, first],
      ...rest.map((event) => [event]),
      [...good, finishes('tool-calls')],
      [usage],
    ])
  })
})

test('arguments of a tool that is not strict are passed on unchanged, as they come', async () => {
  const request = asks('Hi', { tools: [weather()], tool_choice: 'auto' })
  const wrong = answer(...bad, finishes('tool-calls'))
  const { asked, batches } = await askModel(request, [wrong])
  expect(asked).toHaveLength(1)
  expect(batches).toEqual(wrong.map((event) => [event]))
})

test('each of several choices is asked for again by itself, alone, and keeps its place', async () => {
  const request = { ...forced, n: 3 }
  const first = answer(
    ...calls('get_weather', '{"city":"Rome"}', { choice: 1 }),
    ...says('Well', 0),
    ...says('Hm', 2),
    finishes('stop', 0),
    finishes('tool-calls', 1),
    finishes('stop', 2),
  )
  const answers = [first, answer(...good, finishes('tool-calls')), answer(...good, finishes('tool-calls'))]
  const { asked, events } = await askModel(request, answers)
  expect(asked.map(({ n }) => n)).toEqual([3, undefined, undefined])
  expect(asked.slice(1).map(({ messages }) => messages[1]?.content)).toEqual(['Well', 'Hm'])
  expectGrammar(events, 3)
  expect(replyOf(events).choices.map(({ toolCalls }) => toolCalls[0]?.json)).toEqual([
    '{"city":"Paris"}',
    '{"city":"Rome"}',
    '{"city":"Paris"}',
  ])
})

test('what was said goes on where the caller had begun the answer', async () => {
  const begun = { ...forced, continue_final_message: true } as const
  const request = { ...begun, messages: [...forced.messages, { role: 'assistant', content: 'We' } as const] }
  const { asked } = await askModel(request, [
    answer(...says('ll'), finishes()),
    answer(...good, finishes('tool-calls')),
  ])
  expect(asked[1]?.messages.slice(1)).toMatchObject([{ role: 'assistant', content: 'Well' }, { role: 'user' }])
  expect(asked[1]?.continue_final_message).toBeUndefined()
})

test('a correction that does not fit the context is no fault of the caller’s', async () => {
  let answers = 0
  const { request, rules } = planAnswer(forced, 'retry')
  if (rules === undefined) throw new Error('A forced call has rules.')
  const failure = await failureOf(() =>
    keepToRules(
      { request, rules },
      {
        deliver: () => undefined,
        timeBox: createTimeBoxes(5000)(),
        async ask(_request, take) {
          if (answers++ > 0) throw new GatewayError('context-overflow', 'Too long.')
          await take(answer(...says('Well'), finishes()))
        },
      },
    ),
  )
  expect(failure).toMatchObject({ kind: 'upstream-failed', cause: { kind: 'context-overflow' } })
})
