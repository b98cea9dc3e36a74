import { describe, expect, test } from 'vitest'
import { replied, runSimulator, says, tool } from './running-simulator.ts'

describe('tool calls in a whole reply', () => {
  test('come for every tool that the user names, in the order of the words', async () => {
    const { chat } = await runSimulator()
    const tools = [tool('get_time', { zone: { type: 'string' } }), tool('get_weather')]
    const { choices } = await replied(chat(says('Use get_weather, then get_time, not get_time_zone.', { tools })))
    expect(choices[0]).toMatchObject({ finish_reason: 'tool_calls', stop_reason: 50, message: { content: null } })
    const calls = choices[0].message.tool_calls
    expect(calls.map((call: { function: object }) => call.function)).toEqual([
      { name: 'get_weather', arguments: '{"city": "city"}' },
      { name: 'get_time', arguments: '{"zone": "zone"}' },
    ])
    expect(Object.keys(calls[0])).toEqual(['id', 'type', 'function'])
    expect(calls[0].id).toMatch(/^chatcmpl-tool-[0-9a-f]{16}$/)
  })

  test('do not come without a name, for a part of one, or with tool_choice none', async () => {
    const { chat } = await runSimulator()
    const tools = [tool('get_weather')]
    for (const body of [
      says('Hi', { tools }),
      says('get_weathers', { tools }),
      says('get_weather', { tools, tool_choice: 'none' }),
    ]) {
      const { choices } = await replied(chat(body))
      expect(choices[0].finish_reason).toBe('stop')
      expect('tool_calls' in choices[0].message).toBe(false)
    }
  })

  test('are not enforced by a forced choice, which still says tool_calls and empties the content', async () => {
    const { chat } = await runSimulator()
    const tools = [tool('get_weather')]
    const required = await replied(chat(says('[[say Hi]]', { tools, tool_choice: 'required' })))
    expect(required.choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: 'Hi' } })
    expect(required.choices[0].message.tool_calls).toBeUndefined()
    const tool_choice = { type: 'function', function: { name: 'get_weather' } }
    const named = await replied(chat(says('[[call get_weather {"city":"Paris"}]]', { tools, tool_choice })))
    expect(named.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: '' } })
    expect(named.choices[0].message.tool_calls[0].function.arguments).toBe('{"city":"Paris"}')
  })

  test('are cut to the first where parallel calls are off', async () => {
    const { chat } = await runSimulator()
    const body = says('[[call a {}]][[call b {}]]', { tools: [tool('a'), tool('b')], parallel_tool_calls: false })
    const { choices } = await replied(chat(body))
    expect(choices[0].message.tool_calls).toHaveLength(1)
  })

  test('say tool_calls also where max_tokens cut the arguments', async () => {
    const { chat } = await runSimulator()
    const { choices } = await replied(
      chat(says('[[call f {"a": "b c d e f"}]]', { tools: [tool('f')], max_tokens: 8 })),
    )
    expect(choices[0]).toMatchObject({ finish_reason: 'tool_calls', stop_reason: null })
    expect(() => JSON.parse(choices[0].message.tool_calls[0].function.arguments)).toThrow(SyntaxError)
  })

  test('are followed by an answer that quotes the results', async () => {
    const { chat } = await runSimulator()
    const messages = [
      { role: 'user', content: '[[call get_weather {}]]' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 't1', type: 'function', function: { name: 'get_weather', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 't1', content: '18 degrees' },
    ]
    const { choices } = await replied(chat({ messages, tools: [tool('get_weather')] }))
    expect(choices[0].message.content).toMatch(/^Simulated reply: the tools said get_weather "18 degrees"/)
  })
})
