import { describe, expect, test } from 'vitest'
import { decodeCount } from '../../../src/dialects/gemini/decode-request.ts'
import { failureNow } from '../../chat/failure-of.ts'
import { asked, context, decode, decoded, says } from './decode.ts'

const f = { name: 'f', description: 'does f', parameters: { type: 'OBJECT', properties: { x: { type: 'NUMBER' } } } }
const g = { name: 'g' }
const functions = [{ functionDeclarations: [f, g] }]

function namesOf(body: object): string[] | undefined {
  return decoded(says(body)).tools?.map((tool) => tool.function.name)
}

function choose(functionCallingConfig: object, tools: unknown = functions) {
  return decoded(says({ tools, toolConfig: { functionCallingConfig } }))
}

test('functions of all entries are one list, with JSON Schema for parameters', () => {
  const json = { type: 'object', properties: { y: { type: 'string' } } }
  const tools = [
    { functionDeclarations: [f] },
    { function_declarations: [{ name: 'h', parameters_json_schema: json }] },
  ]
  expect(decoded(says({ tools }))).toMatchObject({
    tool_choice: 'auto',
    tools: [
      {
        type: 'function',
        function: {
          name: 'f',
          description: 'does f',
          parameters: { type: 'object', properties: { x: { type: 'number' } } },
        },
      },
      { type: 'function', function: { name: 'h', parameters: json } },
    ],
  })
})

test('no functions are no tools', () => {
  for (const tools of [[], [{}], [{ functionDeclarations: [] }], [{ googleSearch: {} }]]) {
    for (const mode of ['AUTO', 'NONE', 'VALIDATED', 'MODE_UNSPECIFIED']) {
      const request = choose({ mode }, tools)
      expect(request).not.toHaveProperty('tools')
      expect(request).not.toHaveProperty('tool_choice')
    }
  }
})

test('parameters without a type are an object', () => {
  expect(
    decoded(says({ tools: [{ functionDeclarations: [{ name: 'f', parameters: {} }] }] })).tools?.[0]?.function
      .parameters,
  ).toEqual({
    type: 'object',
  })
})

describe('the choice', () => {
  test.for([
    ['AUTO', 'auto'],
    ['VALIDATED', 'auto'],
    ['MODE_UNSPECIFIED', 'auto'],
    ['any', 'required'],
    ['NONE', 'none'],
  ] as const)('%s is %s', ([mode, choice]) => {
    expect(choose({ mode }).tool_choice).toBe(choice)
  })

  test('leaves the functions that are allowed', () => {
    const only = choose({ mode: 'ANY', allowedFunctionNames: ['g'] })
    expect(only.tools?.map((tool) => tool.function.name)).toEqual(['g'])
    expect(only.tool_choice).toBe('required')
    expect(choose({ allowedFunctionNames: [] }).tools).toHaveLength(2)
  })

  test('is refused where it means nothing', () => {
    const at = 'toolConfig.functionCallingConfig'
    expect(failureNow(() => choose({ mode: 'SOMETIMES' })).field).toBe(`${at}.mode`)
    expect(failureNow(() => choose({ mode: 'ANY' }, [])).field).toBe(`${at}.mode`)
    expect(failureNow(() => choose({ mode: 'ANY', allowedFunctionNames: ['f', 'x'] })).field).toBe(
      `${at}.allowedFunctionNames[1]`,
    )
  })

  test('of calls stays beside a schema: what becomes of both is decided further on', () => {
    const generationConfig = { responseMimeType: 'application/json' }
    const request = decoded(says({ tools: functions, generationConfig }))
    expect(request.tools).toHaveLength(2)
    expect(request.response_format).toEqual({ type: 'json_object' })
  })

  test('of none leaves room for a schema, which vLLM cannot keep beside tools', () => {
    const toolConfig = { functionCallingConfig: { mode: 'NONE' } }
    const generationConfig = { responseMimeType: 'application/json' }
    const request = decoded(says({ tools: functions, toolConfig, generationConfig }))
    expect(request).not.toHaveProperty('tools')
    expect(request.response_format).toEqual({ type: 'json_object' })
  })
})

describe('names', () => {
  test('that vLLM does not take are spelt otherwise, and told to the caller as they were', () => {
    const tools = [{ functionDeclarations: [{ name: 'server.tool' }, g] }]
    const { request, echo } = decode(says({ tools }))
    const [spelt = '', plain] = request.tools?.map((tool) => tool.function.name) ?? []
    expect(spelt).toMatch(/^[\w-]{1,64}$/)
    expect(plain).toBe('g')
    expect(echo.toolNames.toCaller(spelt)).toBe('server.tool')
  })

  test('are refused where they are empty or endless', () => {
    for (const name of ['', 'x'.repeat(257), 5]) {
      const failure = failureNow(() => namesOf({ tools: [{ functionDeclarations: [f, { name }] }] }))
      expect(failure.field).toBe('tools[0].functionDeclarations[1].name')
    }
  })
})

test('a schema that is too large or too deep is refused by its path', () => {
  const deep = (depth: number): object => (depth === 0 ? {} : { items: deep(depth - 1) })
  for (const parametersJsonSchema of [{ description: 'x'.repeat(17_000) }, deep(30)]) {
    const failure = failureNow(() =>
      namesOf({ tools: [{ functionDeclarations: [{ name: 'f', parametersJsonSchema }] }] }),
    )
    expect(failure.field).toBe('tools[0].functionDeclarations[0].parametersJsonSchema')
  }
})

test('tools of Google’s own are left out, and named in a header', () => {
  const tools = [
    { googleSearch: {} },
    { urlContext: {}, functionDeclarations: [f] },
    { google_search: {} },
    { 'ev\nil': {} },
  ]
  const { request, headers } = decode(says({ tools }))
  expect(request.tools).toHaveLength(1)
  expect(headers).toEqual({ 'x-gateway-dropped-tools': 'googleSearch, urlContext' })
  expect(decode(says({ tools: functions })).headers).toEqual({})
})

describe('a request to count', () => {
  const wrapped = (body: object) => ({ generateContentRequest: { model: 'models/gemma4', ...body } })
  const counted = (body: object) => decodeCount(asked(body), context)

  test('is the same by itself and inside a request to generate', () => {
    const inner = says({ tools: functions, systemInstruction: 'Be brief.' })
    expect(counted(wrapped(inner))).toEqual(counted(inner))
    expect(counted(inner).tools).toHaveLength(2)
    expect(counted({ generate_content_request: inner })).toEqual(counted(inner))
  })

  test('names the field at fault by its whole path', () => {
    const at = 'generateContentRequest'
    expect(failureNow(() => counted(wrapped({}))).field).toBe(`${at}.contents`)
    expect(failureNow(() => counted(wrapped({ contents: [{ parts: [{ text: 5 }] }] }))).field).toBe(
      `${at}.contents[0].parts[0].text`,
    )
    expect(failureNow(() => counted(wrapped({ contents: [{ parts: [{}] }] }))).field).toBe(`${at}.contents[0].parts[0]`)
    expect(failureNow(() => counted(wrapped(says({ cachedContent: 'x' })))).field).toBe(`${at}.cachedContent`)
    expect(failureNow(() => counted({})).field).toBe('contents')
  })
})
