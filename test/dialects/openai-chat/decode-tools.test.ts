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

describe('custom tools', () => {
  const custom = { type: 'custom', custom: { name: 'patch', description: 'Patches.' } }
  const parameters = {
    type: 'object',
    properties: { input: { type: 'string' } },
    required: ['input'],
    additionalProperties: false,
  }

  test('are functions of one string, and known again for the answer', () => {
    const sent = body({ tools: [custom, tool('a')] })
    expect(decoded(sent).tools).toEqual([tool('patch', { description: 'Patches.', parameters }), tool('a')])
    expect(decodeRequest(sent, policy).echo.customTools).toEqual(new Set(['patch']))
  })

  test('tell their grammar in words', () => {
    const format = { type: 'grammar', grammar: { syntax: 'lark', definition: 'start: "a"' } }
    const [kept] = decoded(body({ tools: [{ ...custom, custom: { ...custom.custom, format } }] })).tools ?? []
    expect(kept?.function.description).toBe('Patches.\n\nThe input follows this lark grammar:\nstart: "a"')
  })

  test('may be chosen by name, alone or among others', () => {
    const choice = { type: 'function', function: { name: 'patch' } }
    const named = { type: 'custom', custom: { name: 'patch' } }
    expect(chosen(named, [tool('a'), custom])).toEqual({ names: ['patch'], choice })
    const allowed = { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [named, tool('b')] } }
    expect(chosen(allowed, [...tools, custom]).names).toEqual(['b', 'patch'])
  })
})

describe('functions, which were before tools,', () => {
  const functions = [{ name: 'a', description: 'A', parameters: { type: 'object' } }, { name: 'b' }]

  test('are tools of which one is called', () => {
    const sent = body({ functions })
    expect(decoded(sent)).toMatchObject({
      tools: functions.map((each) => ({ type: 'function', function: each })),
      tool_choice: 'auto',
      parallel_tool_calls: false,
    })
    expect(decodeRequest(sent, policy).echo).toMatchObject({ asFunctions: true, namedToolChoice: false })
  })

  test('have a choice of their own', () => {
    expect(decoded(body({ functions, function_call: 'none' })).tool_choice).toBe('none')
    const sent = body({ functions, function_call: { name: 'b' } })
    const choice = { type: 'function', function: { name: 'b' } }
    expect(decoded(sent)).toMatchObject({ tools: [choice], tool_choice: choice })
    expect(decodeRequest(sent, policy).echo.namedToolChoice).toBe(true)
  })

  test('are refused by their own names', () => {
    const fieldOf = (asked: object) => failureNow(() => decoded(body(asked))).field
    expect(fieldOf({ functions, tools })).toBe('functions')
    expect(fieldOf({ functions, function_call: { name: 'c' } })).toBe('function_call')
    expect(fieldOf({ function_call: { name: 'a' } })).toBe('function_call')
    const large = { name: 'b', parameters: { description: 'x'.repeat(20_000) } }
    expect(fieldOf({ functions: [{ name: 'a' }, large] })).toBe('functions[1].parameters')
  })

  test('that are none ask for nothing', () => {
    expect(decoded(body({ functions: [], function_call: 'auto' }))).toEqual(decoded(body()))
  })
})
