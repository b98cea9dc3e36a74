import { describe, expect, test } from 'vitest'
import type { ChatRequest } from '../../src/chat/chat-request.ts'
import { planAnswer } from '../../src/upstream/answer-rules.ts'
import { asks, tool } from './chat-requests.ts'

const tools = [tool('get_weather'), tool('get_time')]
const named = { type: 'function', function: { name: 'get_weather' } } as const
const schema = { type: 'object', properties: { city: { type: 'string' } } }
const format = { type: 'json_schema', json_schema: { name: 'answer', schema } } as const
const thinking = { chat_template_kwargs: { enable_thinking: true } }

describe('every answer will do, and the request is asked as it stands,', () => {
  test.each<[string, Partial<ChatRequest>]>([
    ['without tools', {}],
    ['where tools may be called', { tools, tool_choice: 'auto' }],
    ['where tools may not be called', { tools, tool_choice: 'none' }],
    ['where vLLM itself sees to the format', { response_format: format }],
  ])('%s', (_when, rest) => {
    const request = asks('Hi', rest)
    expect(planAnswer(request, 'retry')).toEqual({ request, rules: undefined })
  })

  test('where thought alone is left as it is', () => {
    expect(planAnswer(asks('Hi', thinking), 'leave').rules).toBeUndefined()
    expect(planAnswer(asks('Hi', thinking), 'retry').rules).toMatchObject({ thinkingOnly: 'retry' })
    expect(planAnswer(asks('Hi', thinking), 'show').rules).toMatchObject({ thinkingOnly: 'show' })
  })
})

describe('a forced call is asked for in words', () => {
  test.each([
    ['of any tool', 'required', 'Answer by calling at least one of the available tools, without other text.'],
    ['of one tool', named, 'Answer by calling the tool get_weather, without other text.'],
  ] as const)('%s', (_name, choice, words) => {
    const { request, rules } = planAnswer(asks('Hi', { tools, tool_choice: choice }), 'retry')
    expect(request.messages).toEqual([{ role: 'user', content: `Hi\n\n${words}` }])
    expect(rules?.forced).toBe(choice)
    expect([...(rules?.checked.keys() ?? [])]).toEqual(['get_weather', 'get_time'])
  })

  test('and a format is not asked for, because there will be no text', () => {
    const { request, rules } = planAnswer(
      asks('Hi', { tools, tool_choice: 'required', response_format: format }),
      'retry',
    )
    expect(request.response_format).toBeUndefined()
    expect(rules?.format).toBeUndefined()
  })
})

describe('the words stand', () => {
  const words = 'Answer by calling the tool get_weather, without other text.'
  const system = { role: 'system', content: 'Be brief.' } as const

  function planned(messages: ChatRequest['messages']): ChatRequest['messages'] {
    return planAnswer({ ...asks(''), messages, tools, tool_choice: named }, 'retry').request.messages
  }

  test('at the end of the newest message of user or tool, so that the prompt before them stays the same', () => {
    const result = { role: 'tool', tool_call_id: 'a', content: 'sunny' } as const
    const assistant = { role: 'assistant', content: 'Hm' } as const
    const before = [system, { role: 'user', content: 'Hi' }, assistant] as const
    expect(planned([...before, result])).toEqual([...before, { ...result, content: `sunny\n\n${words}` }])
    expect(planned(before)).toEqual([system, { role: 'user', content: `Hi\n\n${words}` }, assistant])
  })

  test('in a part of their own where the message has parts', () => {
    const part = { type: 'text', text: 'Hi' } as const
    expect(planned([{ role: 'user', content: [part] }])).toEqual([
      { role: 'user', content: [part, { type: 'text', text: words }] },
    ])
  })

  test('in a message of their own where there is none', () => {
    expect(planned([system])).toEqual([system, { role: 'user', content: words }])
  })
})

describe('arguments are checked', () => {
  test('of tools that say that they are strict, where nothing is forced', () => {
    const strict = { type: 'function', function: { name: 'get_date', strict: true, parameters: schema } } as const
    const { request, rules } = planAnswer(asks('Hi', { tools: [...tools, strict] }), 'retry')
    expect(rules?.checked).toEqual(new Map([['get_date', schema]]))
    expect(request.messages).toEqual([{ role: 'user', content: 'Hi' }])
  })
})

describe('a format beside tools', () => {
  test('is asked for in words, with its schema, and not of vLLM', () => {
    const { request, rules } = planAnswer(asks('Hi', { tools, response_format: format }), 'retry')
    expect(request).toMatchObject({ tools, response_format: undefined })
    expect(String(request.messages[0]?.content)).toContain(JSON.stringify(schema))
    expect(rules?.format).toBe(format)
  })

  test('of any object is asked for in words too', () => {
    const { request } = planAnswer(asks('Hi', { tools, response_format: { type: 'json_object' } }), 'retry')
    expect(String(request.messages[0]?.content)).toMatch(
      /^Hi\n\nIf you call no tool, answer with JSON alone.*: one object\.$/,
    )
  })

  test('is asked of vLLM where no tool may be called, and the tools are left out', () => {
    const asked = asks('Hi', { tools, tool_choice: 'none', parallel_tool_calls: false, response_format: format })
    const { request, rules } = planAnswer(asked, 'retry')
    expect(JSON.parse(JSON.stringify(request))).toEqual(
      JSON.parse(JSON.stringify(asks('Hi', { response_format: format }))),
    )
    expect(rules).toBeUndefined()
  })
})
