import { describe, expect, test } from 'vitest'
import type { ResponseFormat } from '../../src/chat/chat-request.ts'
import { answer, askModel, calls, finishes, says, start, thinks, usage } from './answer-events.ts'
import { asks, tool } from './chat-requests.ts'
import { expectGrammar } from './event-grammar.ts'
import { replyOf } from './running-upstream.ts'

const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
const format: ResponseFormat = { type: 'json_schema', json_schema: { name: 'answer', schema } }
const request = asks('Hi', { tools: [tool('f')], tool_choice: 'auto', response_format: format })
const fitting = '{"city":"Paris"}'

describe.each([
  ['streamed', true],
  ['whole', false],
])('a format beside tools, %s:', (_form, streamed) => {
  test('a text that fits is told', async () => {
    const told = answer(...says(fitting), finishes())
    const { asked, events } = await askModel(request, [told], { streamed })
    expect(asked).toHaveLength(1)
    expect(events).toEqual(told)
  })

  test('a call is told, with the text beside it', async () => {
    const told = answer(...says('Let me see.'), ...calls('f', '{}'), finishes('tool-calls'))
    const { asked, events } = await askModel(request, [told], { streamed })
    expect(asked).toHaveLength(1)
    expect(events).toEqual(told)
  })

  test.each([
    ['is no JSON', 'In Paris.', 'it is not JSON'],
    ['misses the schema', '{"town":"Paris"}', "it must have required property 'city'"],
  ])('a text that %s is asked for again, of vLLM and without tools', async (_why, text, wrong) => {
    const answers = [answer(...thinks('Hm'), ...says(text), finishes()), answer(...says(fitting), finishes())]
    const { asked, events } = await askModel(request, answers, { streamed })
    expect(asked[1]).toMatchObject({ tools: undefined, tool_choice: undefined, response_format: format })
    expect(asked[1]?.chat_template_kwargs.enable_thinking).toBe(false)
    expect(asked[1]?.messages.slice(1)).toEqual([
      { role: 'assistant', content: text },
      { role: 'user', content: expect.stringContaining(wrong) },
    ])
    expectGrammar(events, 1)
    expect(replyOf(events)).toMatchObject({
      choices: [{ reasoning: 'Hm', text: fitting, finish: { reason: 'stop' } }],
      usage: { completionTokens: 10 },
    })
  })

  test('a second answer is told as it is, because vLLM saw to it', async () => {
    const answers = [answer(...says('no'), finishes()), answer(...says('{"ci'), finishes('length'))]
    const { events } = await askModel(request, answers, { streamed })
    expect(replyOf(events).choices).toMatchObject([{ text: '{"ci', finish: { reason: 'length' } }])
  })

  test('only thought is asked for again in the format', async () => {
    const thinking = { ...request, chat_template_kwargs: { enable_thinking: true } }
    const answers = [answer(...thinks('Hm'), finishes()), answer(...says(fitting), finishes())]
    const { asked } = await askModel(thinking, answers, { streamed })
    expect(asked[1]).toMatchObject({ response_format: format, chat_template_kwargs: { enable_thinking: false } })
    expect(asked[1]?.messages).toEqual(asked[0]?.messages)
  })

  test('a text that was cut by its length is told as it is', async () => {
    const told = answer(...says('{"ci'), finishes('length'))
    const { events } = await askModel(request, [told], { streamed })
    expect(events).toEqual(told)
  })
})

test('of any object, what is another value is asked for again', async () => {
  const any = { ...request, response_format: { type: 'json_object' } } as const
  for (const text of ['[1]', '5', 'no', '']) {
    const { asked } = await askModel(any, [answer(...says(text), finishes()), answer(...says('{}'), finishes())])
    expect(asked).toHaveLength(2)
  }
  expect((await askModel(any, [answer(...says(' {"a":1}\n'), finishes())])).asked).toHaveLength(1)
})

test('text is held until it is known to be the answer, and goes on as it comes beside a call', async () => {
  const told = [...says('Well'), ...calls('f', '{}'), finishes('tool-calls')]
  const { batches } = await askModel(request, [answer(...told)])
  const [first, ...rest] = [...calls('f', '{}'), finishes('tool-calls')]
  expect(batches).toEqual([[start, ...says('Well'), first], ...rest.map((event) => [event]), [usage]])
})

test('a second answer comes as it is made', async () => {
  const answers = [answer(...says('no'), finishes()), answer(...says(fitting), finishes())]
  const { batches } = await askModel(request, answers)
  const [first, ...rest] = [...says(fitting), finishes()]
  expect(batches.slice(0, -1)).toEqual([[start, first], ...rest.map((event) => [event])])
})
