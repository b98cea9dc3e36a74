import { describe, expect, test } from 'vitest'
import { directingText, readDirectives } from '../../src/simulator/reply/directives.ts'
import { type Reply, replied, runSimulator, says, tool } from './running-simulator.ts'

describe('the text that directs', () => {
  const text = 'a [[say one]][[try 2]][[say two]][[try 3]][[say three]]'

  test.each([
    [1, 'a [[say one]]'],
    [2, '[[say two]]'],
    [3, '[[say three]]'],
    [4, '[[say three]]'],
  ])('the try %i is what stands after its mark', (tries, directing) => {
    expect(directingText(text, tries)).toBe(directing)
  })

  test('is all of it without marks', () => {
    expect(directingText('[[say one]]', 5)).toBe('[[say one]]')
  })
})

test('what leaks is written as it was before a gateway broke it', () => {
  expect(readDirectives('[[say a ]][[leak <\u200b|channel>]][[say  b]]').content).toBe('a <|channel> b')
})

describe('a second try', () => {
  const content = '[[call f {"city": 5}]][[try 2]][[call f {"city": "Paris"}]]'
  const body = says(content, { tools: [tool('f')] })

  async function callOf(reply: Promise<Response>): Promise<unknown> {
    const { choices }: Reply = await replied(reply)
    return choices[0].message.tool_calls?.[0].function.arguments
  }

  function headers(id: string): RequestInit {
    return { headers: { 'content-type': 'application/json', 'x-request-id': id } }
  }

  test('is one with the same request id, to whatever the first one led', async () => {
    const { chat } = await runSimulator()
    expect(await callOf(chat(body, headers('a')))).toBe('{"city": 5}')
    const since = [
      { role: 'assistant', content: null, tool_calls: [{ id: 'x', function: { name: 'f', arguments: '{}' } }] },
      { role: 'tool', tool_call_id: 'x', content: 'That was wrong.' },
    ]
    const messages = [{ role: 'user', content }, ...since]
    expect(await callOf(chat({ ...body, messages }, headers('a')))).toBe('{"city": "Paris"}')
    expect(await callOf(chat({ ...body, messages }, headers('b')))).toBeUndefined()
  })

  test('alone makes the call of a tool that only it names', async () => {
    const { chat } = await runSimulator()
    const divided = { ...body, messages: [{ role: 'user', content: 'Hi [[try 2]]f' }] }
    expect(await callOf(chat(divided, headers('a')))).toBeUndefined()
    expect(await callOf(chat(divided, headers('a')))).toBe('{"city": "city"}')
  })

  test('is none without a request id, and none after a refusal', async () => {
    const { chat } = await runSimulator()
    for (let times = 0; times < 2; times++) expect(await callOf(chat(body))).toBe('{"city": 5}')
    expect((await chat({ ...body, max_tokens: 0 }, headers('a'))).status).toBe(400)
    expect(await callOf(chat(body, headers('a')))).toBe('{"city": 5}')
  })
})
