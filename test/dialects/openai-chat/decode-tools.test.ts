import { describe, expect, test } from 'vitest'
import { decodeRequest } from '../../../src/dialects/openai-chat/decode-request.ts'
import { failureNow } from '../../chat/failure-of.ts'
import { policy } from '../policy.ts'
import { body, decoded, weather } from './decode.ts'

function tool(name: string, rest: object = {}) {
  return { type: 'function', function: { name, ...rest } }
}

const tools = [tool('a'), tool('b'), tool('c')]

function chosen(tool_choice: unknown, given: unknown = tools) {
  const { tools: kept, tool_choice: choice } = decoded(body({ tools: given, tool_choice }))
  return { names: kept?.map((each) => each.function.name), choice }
}

describe('tools', () => {
  test('keep name, description, parameters and strict, and lose the rest', () => {
    const [kept] = decoded(
      body({
        tools: [{ ...weather, function: { ...weather.function, description: 'W', strict: true, x: 1 }, cache: 1 }],
      }),
    ).tools ?? [null]
    expect(kept).toEqual({ type: 'function', function: { ...weather.function, description: 'W', strict: true } })
  })

  test('lose what is null', () => {
    const sent = tool('a', { description: null, parameters: null, strict: null })
    expect(decoded(body({ tools: [sent] })).tools).toEqual([tool('a')])
  })

  test('that are none are left out, because vLLM refuses an empty list', () => {
    for (const none of [[], null, undefined]) {
      const request = decoded(body({ tools: none, tool_choice: 'auto', parallel_tool_calls: true }))
      expect(request).not.toHaveProperty('tools')
      expect(request).not.toHaveProperty('tool_choice')
      expect(request).not.toHaveProperty('parallel_tool_calls')
    }
  })

  test('may be 256, with names of letters, digits, _ and -', () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => tool(`t-${index}_X`))
    expect(decoded(body({ tools: many(256) })).tools).toHaveLength(256)
    expect(failureNow(() => decoded(body({ tools: many(257) }))).field).toBe('tools')
    for (const name of ['', 'a b', 'a.b', 'é', 'x'.repeat(65)]) {
      expect(failureNow(() => decoded(body({ tools: [tool(name)] }))).field).toBe('tools[0].function.name')
    }
  })

  test('are refused by the place of a schema that is too large', () => {
    const large = tool('b', { parameters: { description: 'x'.repeat(20_000) } })
    const failure = failureNow(() => decoded(body({ tools: [tool('a'), large] })))
    expect(failure).toMatchObject({ kind: 'invalid-request', field: 'tools[1].function.parameters' })
  })

  test('have an object as their schema', () => {
    for (const parameters of [[], 'text', 5]) {
      const failure = failureNow(() => decoded(body({ tools: [tool('a', { parameters })] })))
      expect(failure.message).toContain('wanted an object')
    }
  })

  test('of other kinds are refused', () => {
    expect(failureNow(() => decoded(body({ tools: [{ type: 'web_search' }] }))).field).toBe('tools[0].type')
  })
})

describe('the choice of tools', () => {
  test.each(['auto', 'none', 'required'])('%s is kept, with all tools', (choice) => {
    expect(chosen(choice)).toEqual({ names: ['a', 'b', 'c'], choice })
  })

  test('is auto where there is none', () => {
    expect(chosen(undefined).choice).toBe('auto')
    expect(chosen(null).choice).toBe('auto')
  })

  test('of one tool leaves that one, and its finish is told in OpenAI’s word for it', () => {
    const choice = { type: 'function', function: { name: 'b' } }
    expect(chosen(choice)).toEqual({ names: ['b'], choice })
    expect(decodeRequest(body({ tools, tool_choice: choice }), policy).echo.namedToolChoice).toBe(true)
  })

  test.each(['auto', 'required'])('of some tools leaves those, in the mode %s', (mode) => {
    const allowed_tools = { mode, tools: [tool('c'), tool('a')] }
    expect(chosen({ type: 'allowed_tools', allowed_tools })).toEqual({ names: ['a', 'c'], choice: mode })
    const sent = body({ tools, tool_choice: { type: 'allowed_tools', allowed_tools } })
    expect(decodeRequest(sent, policy).echo.namedToolChoice).toBe(false)
  })

  test('of a tool that is not there is refused', () => {
    const named = { type: 'function', function: { name: 'd' } }
    expect(failureNow(() => chosen(named))).toMatchObject({ kind: 'invalid-request', field: 'tool_choice' })
    const allowed = { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [tool('d')] } }
    expect(failureNow(() => chosen(allowed)).field).toBe('tool_choice')
  })

  test('that asks for a call is refused without tools', () => {
    expect(failureNow(() => chosen('required', [])).field).toBe('tool_choice')
    expect(failureNow(() => chosen({ type: 'function', function: { name: 'a' } }, null)).field).toBe('tool_choice')
  })

  test.each([['any'], [{ type: 'tool', name: 'a' }], [{ type: 'function' }], [5]])('%j is no choice', (choice) => {
    expect(failureNow(() => chosen(choice)).field).toMatch(/^tool_choice/)
  })

  test('keeps a wish for one call at a time', () => {
    expect(decoded(body({ tools, parallel_tool_calls: false })).parallel_tool_calls).toBe(false)
  })
})
