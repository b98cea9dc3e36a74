import { describe, expect, test } from 'vitest'
import { failureNow } from '../../chat/failure-of.ts'
import { pngPixel } from '../../gateway/images.ts'
import { caller, seal } from '../answering.ts'
import { policy } from '../policy.ts'
import { proportionateMs, timeTaken } from '../time-taken.ts'
import { call, conversation, decoded, model, result, says, user } from './decode.ts'

const png = pngPixel.slice(pngPixel.indexOf(',') + 1)
const hi = { text: 'Hi' }

function messages(...contents: object[]) {
  return decoded(conversation(...contents)).messages
}

describe('a conversation', () => {
  test('has its roles, whichever case they are in, and text as text', () => {
    expect(messages(user(hi), { role: 'MODEL', parts: [{ text: 'Hello' }] }, user({ text: 'And?' }))).toEqual([
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello' },
      { role: 'user', content: 'And?' },
    ])
  })

  test('may be one content, and one part', () => {
    expect(decoded({ contents: { parts: hi } }).messages).toEqual([{ role: 'user', content: 'Hi' }])
  })

  test('without roles alternates where its length is odd, and is the user alone where it is even', () => {
    const said = (...texts: string[]) => messages(...texts.map((text) => ({ parts: [{ text }] })))
    expect(said('a', 'b', 'c').map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
    expect(said('a', 'b').map(({ role }) => role)).toEqual(['user', 'user'])
  })

  test('with a role here and there has the user speak where none is said, but for calls', () => {
    const contents = [{ parts: [hi] }, { parts: [call('f')] }, { role: 'function', parts: [result('f', {})] }]
    expect(messages(...contents).map(({ role }) => role)).toEqual(['user', 'assistant', 'tool'])
    expect(messages({ parts: [hi] }, user(hi), { parts: [hi] }).map(({ role }) => role)).toEqual([
      'user',
      'user',
      'user',
    ])
  })

  test('keeps parts apart in a turn of the user, and joins those of the model', () => {
    expect(
      messages(
        user({ text: 'a' }, { text: '' }, { text: 'b' }),
        model({ text: 'c' }, { text: 'd' }),
        model({ text: 'e' }),
      ),
    ).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      { role: 'assistant', content: 'cde' },
    ])
  })

  test('leaves out turns of the model in which nothing is said', () => {
    expect(messages(user(hi), { role: 'model' }, model({ text: '' }), user(hi))).toHaveLength(2)
  })

  test('begins with the system instruction, given as text, one part or several', () => {
    for (const systemInstruction of [
      'a\nb',
      { parts: { text: 'a\nb' } },
      { role: 'user', parts: [{ text: 'a' }, { text: 'b' }] },
    ]) {
      expect(decoded(says({ systemInstruction })).messages[0]).toEqual({ role: 'system', content: 'a\nb' })
    }
    expect(decoded(says({ system_instruction: { parts: [{ text: '' }] } })).messages).toHaveLength(1)
  })
})

describe('media', () => {
  const image = { type: 'image_url', image_url: { url: pngPixel } }

  test('are images in either alphabet of base64, with padding or without, of whatever declared type', () => {
    const spellings = [png, png.replaceAll('+', '-').replaceAll('/', '_'), png.replace(/=+$/, '')]
    for (const data of spellings) {
      for (const inline of [
        { inlineData: { mimeType: 'IMAGE/jpeg', data } },
        { inline_data: { mime_type: 'image/png', data } },
      ]) {
        expect(messages(user(hi, inline))).toEqual([{ role: 'user', content: [{ type: 'text', text: 'Hi' }, image] }])
      }
    }
  })

  test('stay in a result of a tool', () => {
    const seen = result('look', { seen: 1 }, { parts: [{ inlineData: { mimeType: 'image/png', data: png } }] })
    expect(messages(user(hi), model(call('look')), user(seen)).at(-1)).toEqual({
      role: 'tool',
      tool_call_id: 'call_1_0',
      content: [{ type: 'text', text: '{"seen":1}' }, image],
    })
  })

  test.for([
    ['a PDF', { inlineData: { mimeType: 'application/pdf', data: png } }, 'inlineData.mimeType'],
    ['bytes that are no image', { inlineData: { mimeType: 'image/png', data: 'AAAA' } }, 'inlineData.data'],
    ['an uploaded file', { fileData: { fileUri: 'files/abc' } }, 'fileData.fileUri'],
    ['a bucket', { fileData: { fileUri: 'gs://bucket/a.png', mimeType: 'image/png' } }, 'fileData.fileUri'],
    [
      'a video by address',
      { fileData: { fileUri: 'https://example.org/v', mimeType: 'video/mp4' } },
      'fileData.mimeType',
    ],
    ['an address where nothing is fetched', { fileData: { fileUri: 'https://example.org/a.png' } }, 'fileData.fileUri'],
  ] as const)('that are %s are refused by their path', ([_what, part, field]) => {
    expect(failureNow(() => messages(user(hi, part))).field).toBe(`contents[0].parts[1].${field}`)
  })

  test('by address are fetched later where the owner allows it', () => {
    const body = conversation(user({ fileData: { fileUri: 'https://example.org/a.png' } }))
    const [message] = decoded(body, { policy: { ...policy, remoteImages: true } }).messages
    expect(message?.content).toMatchObject([{ type: 'remote_image', url: 'https://example.org/a.png' }])
  })

  test('are counted over the whole conversation', () => {
    const image = { inlineData: { mimeType: 'image/png', data: png } }
    const failure = failureNow(() => messages(user(image, image), user(image)))
    expect(failure).toMatchObject({ kind: 'invalid-request', field: 'contents' })
  })
})

describe('calls and results', () => {
  const turns = (calls: object[], results: object[]) => messages(user(hi), model(...calls), user(...results))

  function pairs(calls: object[], results: object[]) {
    const [, assistant, ...rest] = turns(calls, results)
    const made = assistant?.role === 'assistant' ? (assistant.tool_calls ?? []) : []
    return rest.map((message) => {
      const id = message.role === 'tool' ? message.tool_call_id : undefined
      return [made.find((call) => call.id === id)?.function.arguments, message.content]
    })
  }

  test('find each other by id', () => {
    const calls = [call('f', { x: 1 }, { id: 'a' }), call('f', { x: 2 }, { id: 'b' })]
    const results = [result('f', { output: 'two' }, { id: 'b' }), result('f', { output: 'one' }, { id: 'a' })]
    expect(pairs(calls, results)).toEqual(
      expect.arrayContaining([
        ['{"x":2}', 'two'],
        ['{"x":1}', 'one'],
      ]),
    )
  })

  test('without ids find each other by name and order', () => {
    const calls = [call('f', { x: 1 }), call('g', { x: 2 }), call('f', { x: 3 })]
    const results = [result('g', { output: 'two' }), result('f', { output: 'one' }), result('f', { output: 'three' })]
    expect(pairs(calls, results)).toEqual(
      expect.arrayContaining([
        ['{"x":2}', 'two'],
        ['{"x":1}', 'one'],
        ['{"x":3}', 'three'],
      ]),
    )
  })

  test('find each other where only one side has ids', () => {
    expect(pairs([call('f', { x: 1 })], [result('f', { output: 'one' }, { id: 'made-up' })])).toEqual([
      ['{"x":1}', 'one'],
    ])
    expect(pairs([call('f', { x: 1 }, { id: 'a' })], [result('f', { output: 'one' })])).toEqual([['{"x":1}', 'one']])
  })

  test('have the same ids in every request of a conversation', () => {
    const first = [user(hi), model(call('f'), call('g')), user(result('f', {}), result('g', {}))]
    const before = messages(...first)
    const after = messages(...first, model({ text: 'Done' }), user(hi))
    expect(after.slice(0, before.length)).toEqual(before)
    expect(JSON.stringify(before)).toContain('call_1_1')
  })

  test('come before what else is in the turn', () => {
    const roles = turns([call('f')], [{ text: 'Well?' }, result('f', {})]).map(({ role }) => role)
    expect(roles).toEqual(['user', 'assistant', 'tool', 'user'])
  })

  test('of a tool whose name vLLM does not take are spelt as its declaration is', () => {
    const tools = [{ functionDeclarations: [{ name: 'mcp.server:read' }] }]
    const contents = [user(hi), model(call('mcp.server:read')), user(result('mcp.server:read', { output: 'x' }))]
    const request = decoded({ contents, tools })
    const declared = request.tools?.[0]?.function.name
    expect(declared).toMatch(/^mcp_server_read_\w+$/)
    expect(request.messages[1]).toMatchObject({ tool_calls: [{ function: { name: declared } }] })
    expect(request.messages[2]).toMatchObject({ role: 'tool', tool_call_id: 'call_1_0', content: 'x' })
  })

  test.for([
    [{ output: 'a' }, 'a'],
    [{ result: 'b' }, 'b'],
    [{ name: 'f', content: 'c' }, 'c'],
    [{ output: { x: 1 } }, '{"output":{"x":1}}'],
    [{ temperature: 21 }, '{"temperature":21}'],
    [{ error: 'no such file' }, 'Error: no such file'],
    [{ error: { code: 5 } }, 'Error: {"code":5}'],
    [{ output: 'fine', error: null }, 'fine'],
    [{}, '{}'],
    [undefined, '{}'],
  ] as const)('a result of %j reads %j', ([response, text]) => {
    expect(turns([call('f')], [result('f', response)]).at(-1)?.content).toBe(text)
  })

  test('that have no other half are told all the same', () => {
    expect(messages(user(hi), model(call('f')), user(hi))[2]).toEqual({
      role: 'tool',
      tool_call_id: 'call_1_0',
      content: '[no result]',
    })
    const [, orphan] = messages(user(hi), user(result('f', { output: 'alone' })))
    expect(orphan).toEqual({ role: 'user', content: expect.stringContaining('alone') })
  })

  test('of the same id in a turn are told apart', () => {
    const same = { id: 'x' }
    const [, assistant, ...results] = turns(
      [call('f', { n: 1 }, same), call('f', { n: 2 }, same)],
      [result('f', { output: 'one' }, same), result('f', { output: 'two' }, same)],
    )
    expect(assistant).toMatchObject({ tool_calls: [{ id: 'x' }, { id: 'x_2' }] })
    expect(results).toEqual([
      { role: 'tool', tool_call_id: 'x', content: 'one' },
      { role: 'tool', tool_call_id: 'x_2', content: 'two' },
    ])
  })

  test('in the wrong turn are refused by their path', () => {
    expect(failureNow(() => messages(user(call('f')))).field).toBe('contents[0].parts[0].functionCall')
    expect(failureNow(() => messages(user(hi), model(result('f', {})))).field).toBe(
      'contents[1].parts[0].functionResponse',
    )
  })
})

describe('thoughts', () => {
  const thought = { text: 'I think', thought: true }

  function reasoning(...parts: object[]) {
    const [, assistant] = messages(user(hi), model(...parts))
    return assistant?.role === 'assistant' ? assistant.reasoning : 'no assistant'
  }

  test('are reasoning, not text', () => {
    expect(messages(user(hi), model(thought, { text: 'So' }))[1]).toEqual({
      role: 'assistant',
      content: 'So',
      reasoning: 'I think',
    })
  })

  test('come out of a signature that this gateway made for the same key, in either alphabet of base64', () => {
    const sealed = seal.close('long hidden thoughts? ~~~ ???', caller.keyId)
    for (const thoughtSignature of [sealed, Buffer.from(sealed, 'base64url').toString('base64')]) {
      expect(reasoning({ ...call('f'), thoughtSignature })).toBe('long hidden thoughts? ~~~ ???')
      expect(reasoning({ text: 'short', thought: true }, { ...call('f'), thoughtSignature })).toBe(
        'long hidden thoughts? ~~~ ???',
      )
    }
  })

  test('are not in signatures of Google, of clients, or of another key', () => {
    const foreign = [
      'skip_thought_signature_validator',
      'context_engineering_is_the_way_to_go',
      'CiQB',
      seal.close('x', 'other'),
    ]
    for (const thoughtSignature of foreign) {
      expect(reasoning({ ...call('f'), thoughtSignature })).toBeUndefined()
      expect(reasoning(thought, { ...call('f'), thoughtSignature })).toBe('I think')
    }
  })
})

describe('parts of other kinds', () => {
  test('are told as text where they are code and its output', () => {
    const code = { executableCode: { language: 'PYTHON', code: 'print(2)' } }
    const output = { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '2' } }
    expect(messages(user(hi), model(code, output))[1]?.content).toBe('\n```python\nprint(2)\n```\n\n```\n2\n```\n')
  })

  test('are passed over where they are marks of an earlier turn', () => {
    expect(
      messages(user(hi), model({ thoughtSignature: 'abc' }, { toolCall: { id: 'x' } }, { text: 'a' }))[1]?.content,
    ).toBe('a')
  })

  test.for([
    ['contents', { contents: [] }],
    ['contents', {}],
    ['contents[0].parts', conversation({ role: 'user', parts: [] })],
    ['contents[0].parts[0]', conversation(user({}))],
    ['contents[0].parts[1]', conversation(user(hi, { unheardOf: 1 }))],
    ['contents[1].parts[0]', conversation(user(hi), model({ inlineData: { mimeType: 'image/png', data: png } }))],
    ['contents[0].role', conversation({ role: 'narrator', parts: [hi] })],
    ['contents[0].parts[0].text', conversation(user({ text: 5 }))],
    ['contents[0].parts[0].functionResponse.name', conversation(user({ functionResponse: { response: {} } }))],
    ['systemInstruction.parts[0].text', says({ systemInstruction: { parts: [{ inlineData: {} }] } })],
  ] as const)('are refused as %s', ([field, body]) => {
    expect(failureNow(() => decoded(body))).toMatchObject({ kind: 'invalid-request', field })
  })
})

test('very many results cost no more than they are long, whether they find their calls by id or by name', () => {
  const turns = Array.from({ length: 600 }, (_, turn) => turn)
  const parts = Array.from({ length: 64 }, (_, index) => index)
  const calls = turns.map((turn) => model(...parts.map((index) => call('f', {}, { id: `${turn}_${index}` }))))
  const byId = turns.map((turn) => user(...parts.map((index) => result('f', {}, { id: `${turn}_${index}` }))))
  const byName = turns.map(() => user(...parts.map(() => result('f', {}))))
  for (const results of [byId, byName]) {
    expect(timeTaken(() => decoded(conversation(...calls, ...results)))).toBeLessThan(proportionateMs)
  }
})
