import { describe, expect, test } from 'vitest'
import { assistant, call, decode, decoded, result, says, user } from './decode.ts'

const f = { name: 'f', input_schema: { type: 'object' } }
const g = { name: 'g', input_schema: { type: 'object' } }
const search = { type: 'web_search_20250305', name: 'web_search', max_uses: 8 }
const hi = { role: 'user', content: 'Hi' }

function namesOf(body: object): string[] | undefined {
  return decoded(body).tools?.map(({ function: { name } }) => name)
}

describe('tools', () => {
  test('become functions, with an empty description where there is none', () => {
    const tools = [
      { ...f, description: 'F', strict: true },
      { ...g, type: 'custom', eager_input_streaming: true },
    ]
    expect(decoded(says({ tools })).tools).toEqual([
      { type: 'function', function: { name: 'f', description: 'F', parameters: { type: 'object' }, strict: true } },
      { type: 'function', function: { name: 'g', description: '', parameters: { type: 'object' } } },
    ])
  })

  test('without a schema are left out, and the choice goes with the last of them', () => {
    expect(namesOf(says({ tools: [search, f] }))).toEqual(['f'])
    const forced = [{ type: 'any' }, { type: 'tool', name: 'web_search' }]
    for (const tool_choice of [{ type: 'auto' }, { type: 'none' }, undefined, ...forced]) {
      const request = decoded(says({ tools: [search], tool_choice }))
      expect(request).not.toHaveProperty('tools')
      expect(request).not.toHaveProperty('tool_choice')
    }
    expect(decoded(says({ tools: [search, f], tool_choice: { type: 'tool', name: 'web_search' } })).tool_choice).toBe(
      'auto',
    )
  })

  test('with names that the model does not take are spelt otherwise, and the same in the history', () => {
    const name = `mcp__${'x'.repeat(70)}.do`
    const messages = [hi, assistant(call('a', name)), user(result('a'))]
    const { request, echo } = decode({ messages, tools: [{ ...f, name }], tool_choice: { type: 'tool', name } })
    const spelt = request.tools?.[0]?.function.name ?? ''
    expect(spelt).toMatch(/^[\w-]{1,64}$/)
    expect(request.messages[1]).toMatchObject({ tool_calls: [{ function: { name: spelt } }] })
    expect(request.tool_choice).toEqual({ type: 'function', function: { name: spelt } })
    expect(echo.toolNames.toCaller(spelt)).toBe(name)
  })

  test('are bounded in number and size, where the model is shown them', () => {
    const many = (rest: object) => Array.from({ length: 257 }, (_, index) => ({ ...f, name: `f${index}`, ...rest }))
    expect(() => decoded(says({ tools: many({}) }))).toThrow('`tools`: found 257 tools, wanted at most 256.')
    expect(namesOf(says({ tools: many({ defer_loading: true }) }))).toBeUndefined()
    const large = { ...f, input_schema: { type: 'object', description: 'x'.repeat(20_000) } }
    expect(() => decoded(says({ tools: [g, large] }))).toThrow('`tools[1].input_schema`')
  })
})

describe('deferred tools', () => {
  const tools = [f, { ...g, defer_loading: true }, { ...g, name: 'h', defer_loading: true }]
  const reference = { type: 'tool_reference', tool_name: 'g' }
  const found = [hi, assistant(call('s', 'f')), user(result('s', [reference]))]

  test('are not shown at first', () => {
    expect(namesOf(says({ tools }))).toEqual(['f'])
  })

  test('are shown once a result refers to them, and the model is told', () => {
    expect(namesOf({ messages: found, tools })).toEqual(['f', 'g'])
    expect(decoded({ messages: found, tools }).messages.at(-1)).toMatchObject({ content: 'Tool g is now available.' })
  })

  test('are shown where the choice names them, and nothing else then', () => {
    expect(namesOf(says({ tools, tool_choice: { type: 'tool', name: 'h' } }))).toEqual(['h'])
  })

  test('come and go by what the conversation says last', () => {
    const change = (type: string, name: string) => {
      return { role: 'system', content: [{ type, tool: { type: 'tool_reference', name } }] }
    }
    const added = [...found, change('tool_addition', 'h')]
    expect(namesOf({ messages: added, tools })).toEqual(['f', 'g', 'h'])
    const removed = [...added, change('tool_removal', 'g'), change('tool_removal', 'f')]
    expect(namesOf({ messages: removed, tools })).toEqual(['h'])
    expect(namesOf({ messages: [...removed, change('tool_addition', 'f')], tools })).toEqual(['f', 'h'])
    const inline = {
      role: 'system',
      content: [{ type: 'tool_addition', tool: { type: 'tool_definition', definition: f } }],
    }
    expect(namesOf({ messages: [hi, inline], tools })).toEqual(['f'])
  })
})

describe('the choice', () => {
  test.for([
    [undefined, 'auto'],
    [null, 'auto'],
    [{ type: 'auto' }, 'auto'],
    [{ type: 'any' }, 'required'],
    [{ type: 'none' }, 'none'],
    [
      { type: 'tool', name: 'f' },
      { type: 'function', function: { name: 'f' } },
    ],
  ] as const)('%o becomes %o', ([tool_choice, chosen]) => {
    const request = decoded(says({ tools: [f, g], tool_choice }))
    expect(request.tool_choice).toEqual(chosen)
    expect(request).not.toHaveProperty('parallel_tool_calls')
  })

  test('may want one call at a time', () => {
    for (const type of ['auto', 'any', 'tool']) {
      const tool_choice = { type, name: 'f', disable_parallel_tool_use: true }
      expect(decoded(says({ tools: [f], tool_choice })).parallel_tool_calls).toBe(false)
    }
    const tool_choice = { type: 'auto', disable_parallel_tool_use: false }
    expect(decoded(says({ tools: [f], tool_choice }))).not.toHaveProperty('parallel_tool_calls')
  })

  test('of what is not there is refused', () => {
    expect(() => decoded(says({ tool_choice: { type: 'any' } }))).toThrow('`tool_choice.type`')
    expect(() => decoded(says({ tools: [f], tool_choice: { type: 'tool', name: 'x' } }))).toThrow('`tool_choice.name`')
  })
})

describe('a format', () => {
  const format = { type: 'json_schema', schema: { type: 'object', properties: { a: { type: 'string' } } } }
  const response_format = {
    type: 'json_schema',
    json_schema: { name: 'response', schema: format.schema, strict: true },
  }

  test('is asked for by its new name, and by its old', () => {
    expect(decoded(says({ output_config: { format, effort: 'high' } }))).toMatchObject({ response_format })
    expect(decoded(says({ output_format: format }))).toMatchObject({ response_format })
    expect(decoded(says({ output_config: { format: null } }))).not.toHaveProperty('response_format')
  })

  test('leaves tools out that may not be called', () => {
    const request = decoded(says({ output_config: { format }, tools: [f], tool_choice: { type: 'none' } }))
    expect(request).toMatchObject({ response_format })
    expect(request).not.toHaveProperty('tools')
  })
})

test('the limit is the owner’s where the caller’s is larger, or none', () => {
  expect(decoded(says({ max_tokens: 32_000 })).max_completion_tokens).toBe(8192)
  expect(decoded(says({ max_tokens: 7 })).max_completion_tokens).toBe(7)
  expect(decoded(says()).max_completion_tokens).toBe(1024)
  expect(decode(says({ max_tokens: 32_000 })).echo.maxTokens).toBe(8192)
})

test('sampling is the owner’s where the caller says nothing', () => {
  expect(decoded(says())).toMatchObject({ temperature: 0.7, top_p: 0.9, top_k: 40 })
  expect(decoded(says({ temperature: 0, top_k: 3, top_p: 0.5 }))).toMatchObject({
    temperature: 0,
    top_p: 0.5,
    top_k: 3,
  })
  expect(decoded(says({ stop_sequences: [] }))).not.toHaveProperty('stop')
})
