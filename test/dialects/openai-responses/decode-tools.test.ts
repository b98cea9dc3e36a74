import { describe, expect, test } from 'vitest'
import { failureOf } from '../../chat/failure-of.ts'
import { decode } from './answering.ts'

const f = { type: 'function', name: 'f' }
const g = { type: 'function', name: 'g' }
const hosted = { type: 'web_search' }

async function shownTo(body: object) {
  const { request } = await decode(body)
  return { names: request.tools?.map(({ function: { name } }) => name), choice: request.tool_choice }
}

describe('a choice', () => {
  test.each([
    [undefined, { names: ['f', 'g'], choice: 'auto' }],
    ['none', { names: ['f', 'g'], choice: 'none' }],
    ['required', { names: ['f', 'g'], choice: 'required' }],
    [
      { type: 'function', name: 'g' },
      { names: ['g'], choice: { type: 'function', function: { name: 'g' } } },
    ],
    [
      { type: 'allowed_tools', mode: 'auto', tools: [f, hosted] },
      { names: ['f'], choice: 'auto' },
    ],
    [
      { type: 'allowed_tools', mode: 'required', tools: [f] },
      { names: ['f'], choice: 'required' },
    ],
    [
      { type: 'allowed_tools', mode: 'auto', tools: [hosted] },
      { names: undefined, choice: undefined },
    ],
    [{ type: 'web_search_preview' }, { names: ['f', 'g'], choice: 'auto' }],
    [
      { type: 'mcp', server_label: 'x' },
      { names: ['f', 'g'], choice: 'auto' },
    ],
  ])('%j leaves %j', async (tool_choice, wanted) => {
    expect(await shownTo({ tools: [f, g, hosted], tool_choice })).toEqual(wanted)
  })

  test('that requires a call goes with the tools that are left out, where only these could be called', async () => {
    for (const tool_choice of ['required', { type: 'allowed_tools', mode: 'required', tools: [hosted] }]) {
      expect(await shownTo({ tools: [hosted], tool_choice })).toEqual({ names: undefined, choice: undefined })
    }
  })

  test('that requires a call of tools that are not there is refused', async () => {
    const tool_choice = { type: 'allowed_tools', mode: 'required', tools: [g] }
    const failure = await failureOf(() => decode({ tools: [f], tool_choice }))
    expect(failure).toMatchObject({ field: 'tool_choice', message: expect.stringContaining('not in `tools`') })
    expect(await failureOf(() => decode({ tool_choice: 'required' }))).toMatchObject({
      field: 'tool_choice',
      message: expect.stringContaining('without `tools`'),
    })
  })

  test('names a tool of a namespace by both names', async () => {
    const tools = [{ type: 'namespace', name: 'ns', tools: [f, g] }, f]
    const shown = await shownTo({ tools, tool_choice: { type: 'function', name: 'f', namespace: 'ns' } })
    expect(shown).toEqual({ names: ['ns__f'], choice: { type: 'function', function: { name: 'ns__f' } } })
  })
})

describe('names', () => {
  test('that come out the same are told apart, and come back as they were', async () => {
    const tools = [
      { type: 'function', name: 'ns__f' },
      { type: 'namespace', name: 'ns', tools: [f] },
    ]
    const { request, echo } = await decode({ tools })
    const names = request.tools?.map(({ function: { name } }) => name) ?? []
    expect(names).toEqual(['ns__f', 'ns__f_2'])
    expect(names.map((name) => echo.book.toCaller(name))).toMatchObject([
      { name: 'ns__f', namespace: undefined },
      { name: 'f', namespace: 'ns' },
    ])
  })

  test('of any length and script are spelt for the model, and come back as they were', async () => {
    const tools = [
      { type: 'namespace', name: 'n'.repeat(60), tools: [{ type: 'function', name: 'ü'.repeat(60) }] },
      { type: 'custom', name: 'a.b:c' },
    ]
    const { request, echo } = await decode({ tools })
    const names = request.tools?.map(({ function: { name } }) => name) ?? []
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_-]{1,64}$/)
    expect(names.map((name) => echo.book.toCaller(name))).toEqual([
      { name: 'ü'.repeat(60), namespace: 'n'.repeat(60), isCustom: false },
      { name: 'a.b:c', namespace: undefined, isCustom: true },
    ])
  })

  test('are bounded in number across namespaces', async () => {
    const inner = Array.from({ length: 200 }, (_, index) => ({ type: 'function', name: `f${index}` }))
    const tools = ['a', 'b'].map((name) => ({ type: 'namespace', name, tools: inner }))
    expect(await failureOf(() => decode({ tools }))).toMatchObject({ kind: 'invalid-request', field: 'tools' })
  })
})

test('a schema that is too deep is named by its path, also in a namespace', async () => {
  const deep = JSON.parse(`${'{"a":'.repeat(30)}1${'}'.repeat(30)}`)
  const tools = [f, { type: 'namespace', name: 'ns', tools: [{ ...g, parameters: deep }] }]
  expect(await failureOf(() => decode({ tools }))).toMatchObject({ field: 'tools[1].tools[0].parameters' })
})

test('a custom tool is a function of one string, its grammar told in words', async () => {
  const format = { type: 'grammar', syntax: 'lark', definition: 'start: "x"' }
  const { request } = await decode({ tools: [{ type: 'custom', name: 'c', description: 'Patches', format }] })
  expect(request.tools).toEqual([
    {
      type: 'function',
      function: {
        name: 'c',
        description: 'Patches\n\nThe input follows this lark grammar:\nstart: "x"',
        parameters: {
          type: 'object',
          properties: { input: { type: 'string' } },
          required: ['input'],
          additionalProperties: false,
        },
      },
    },
  ])
})

test('tools that are left out are named once each, and are not in the answer', async () => {
  const tools = [hosted, hosted, { type: 'mcp' }, { type: 'namespace', name: 'ns', tools: [{ type: 'shell' }] }, f]
  const { headers, echo } = await decode({ tools })
  expect(headers).toEqual({ 'x-gateway-dropped-tools': 'web_search, mcp, shell' })
  expect(echo.repeated['tools']).toMatchObject([
    { type: 'namespace', name: 'ns', tools: [] },
    { type: 'function', name: 'f', strict: false },
  ])
})
