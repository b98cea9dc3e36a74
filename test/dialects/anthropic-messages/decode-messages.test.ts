import { describe, expect, test } from 'vitest'
import { pngPixel } from '../../gateway/images.ts'
import { caller, seal } from '../answering.ts'
import { policy } from '../policy.ts'
import { assistant, call, conversation, decode, decoded, result, says, text, user } from './decode.ts'

const hi = { role: 'user', content: 'Hi' }
const billing = 'x-anthropic-billing-header: cc_version=2.1.329.038; cc_entrypoint=sdk-cli;'
const image = { type: 'image', source: { type: 'base64', data: pngPixel.slice(pngPixel.indexOf(',') + 1) } }
const imagePart = { type: 'image_url', image_url: { url: pngPixel } }

describe('the system prompt', () => {
  const systemOf = (system: unknown, stripBillingHeader?: boolean) => {
    const own = stripBillingHeader === undefined ? policy : { ...policy, stripBillingHeader }
    const [first] = decoded(says({ system }), { policy: own }).messages
    return first?.role === 'system' ? first.content : undefined
  }

  test('is the same as a string and as blocks', () => {
    expect(systemOf('Be kind.')).toBe('Be kind.')
    expect(systemOf([text('Be kind.')])).toBe('Be kind.')
    expect(systemOf([text('Be kind.'), text(''), text('Be brief.')])).toBe('Be kind.\n\nBe brief.')
  })

  test('that says nothing is no message', () => {
    for (const system of ['', [], [text('')], null, billing, [text(billing)]]) expect(systemOf(system)).toBeUndefined()
  })

  test('is without the billing header, in whatever form', () => {
    expect(systemOf([text(billing), text('Be kind.')])).toBe('Be kind.')
    expect(systemOf(`${billing}\nBe kind.`)).toBe('Be kind.')
    expect(systemOf([text(`${billing}\n\nBe kind.`)])).toBe('Be kind.')
    expect(systemOf(`Be kind.\n${billing}`)).toBe(`Be kind.\n${billing}`)
  })

  test('keeps the billing header where the owner wants it', () => {
    expect(systemOf([text(billing), text('Be kind.')], false)).toBe(`${billing}\n\nBe kind.`)
  })

  test('in the middle of a conversation stays there, the same as a string and as blocks', () => {
    const system = (content: unknown) => conversation(hi, { role: 'system', content }, assistant(text('Yes')), hi)
    expect(system('Be kind.').map(({ role }) => role)).toEqual(['user', 'system', 'assistant', 'user'])
    expect(system([text('Be kind.')])).toEqual(system('Be kind.'))
    expect(system('').map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
  })
})

describe('a message of the user', () => {
  test('is the same as a string and as one block', () => {
    expect(conversation(user(text('Hi')))).toEqual(conversation(hi))
  })

  test('puts neighbouring texts together, and keeps images between them', () => {
    expect(conversation(user(text('One'), text(''), text('Two'), image, text('Three')))).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'One\n\nTwo' }, imagePart, { type: 'text', text: 'Three' }] },
    ])
  })

  test('that says nothing is there all the same', () => {
    for (const content of ['', [], [text('')]]) {
      expect(conversation({ role: 'user', content })).toEqual([{ role: 'user', content: '' }])
    }
  })

  test('counts all images of the conversation, those in results included', () => {
    const pictures = (...messages: object[]) => conversation(...messages)
    expect(() => pictures(user(image, image, image))).toThrow('`messages`: found 3 images, wanted at most 2.')
    expect(() => pictures(user(image, image), assistant(call('a')), user(result('a', [image])))).toThrow('3 images')
  })
})

describe('calls and results', () => {
  test('become tool messages before the rest of what the user says', () => {
    const messages = conversation(
      hi,
      assistant(text('Let me see.'), call('a', 'f', { x: 1 }), call('b', 'g')),
      user(text('So?'), result('b', 'B'), result('a', [text('A1'), text('A2')])),
    )
    expect(messages).toEqual([
      hi,
      {
        role: 'assistant',
        content: 'Let me see.',
        tool_calls: [
          { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
          { id: 'b', type: 'function', function: { name: 'g', arguments: '{}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'a', content: 'A1\n\nA2' },
      { role: 'tool', tool_call_id: 'b', content: 'B' },
      { role: 'user', content: 'So?' },
    ])
  })

  test('find each other across neighbouring messages of the assistant', () => {
    const messages = conversation(
      hi,
      assistant(text('I '), call('a')),
      assistant(text('see'), call('b')),
      user(result('a', 'A'), result('b', 'B')),
    )
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'tool'])
    expect(messages[1]).toMatchObject({ content: 'I see', tool_calls: [{ id: 'a' }, { id: 'b' }] })
  })

  test('without each other make sense all the same', () => {
    expect(conversation(hi, assistant(call('a')), hi)).toMatchObject([
      hi,
      { role: 'assistant', content: null },
      { role: 'tool', tool_call_id: 'a', content: '[no result]' },
      hi,
    ])
    expect(conversation(user(result('x', 'lost')))).toMatchObject([
      { role: 'user', content: expect.stringContaining('lost') },
    ])
  })

  test.for([
    ['a string', 'Not found', 'Error: Not found'],
    ['blocks', [text('Not'), text('found')], 'Error: Not\n\nfound'],
    ['nothing', undefined, 'Error'],
    ['an image', [image], [{ type: 'text', text: 'Error:' }, imagePart]],
  ] as const)('that are errors say so: %s', ([, content, told]) => {
    const messages = conversation(assistant(call('a')), user(result('a', content, { is_error: true })))
    expect(messages[1]).toMatchObject({ role: 'tool', content: told })
  })

  test('may have images, documents and findings in them', () => {
    const blocks = [
      image,
      { type: 'document', title: 'T', source: { type: 'content', content: [text('D'), image] } },
      { type: 'search_result', source: 's', title: 'R', content: [text('found')] },
      { type: 'browser_state', tabs: [] },
    ]
    expect(conversation(assistant(call('a')), user(result('a', blocks)))[1]).toMatchObject({
      content: [imagePart, { type: 'text', text: 'T\n\nD' }, imagePart, { type: 'text', text: 'R\ns\n\nfound' }],
    })
  })
})

describe('what the assistant said', () => {
  test('is put together as it is, because citations cut it into pieces', () => {
    expect(conversation(hi, assistant(text('It '), text('is.')), hi)[1]).toEqual({
      role: 'assistant',
      content: 'It is.',
    })
  })

  test('is left out where it was nothing', () => {
    const search = { type: 'server_tool_use', id: 's', name: 'web_search', input: {} }
    for (const content of ['', [], [text('')], [search], [{ type: 'thinking', thinking: 'Hm', signature: '' }]]) {
      expect(conversation(hi, { role: 'assistant', content }, hi)).toEqual([hi, hi])
    }
  })

  test('last is the beginning of its answer, without white space at its end', () => {
    const begun = decoded({ messages: [hi, assistant(text('It is '))], thinking: { type: 'adaptive' } })
    expect(begun).toMatchObject({
      messages: [hi, { role: 'assistant', content: 'It is' }],
      continue_final_message: true,
      chat_template_kwargs: { enable_thinking: false },
    })
    expect(decoded({ messages: [hi, assistant(text('It'))] })).toHaveProperty('continue_final_message', true)
  })

  test('last is no beginning where it is a call, or nothing', () => {
    for (const last of [assistant(call('a')), { role: 'assistant', content: '' }, assistant(text('  \n'))]) {
      expect(decoded({ messages: [hi, last] })).not.toHaveProperty('continue_final_message')
    }
    expect(() => decoded({ messages: [{ role: 'assistant', content: '' }] })).toThrow('`messages`: found nothing')
  })
})

describe('thinking', () => {
  const reasoningOf = (...blocks: object[]) => {
    const message = conversation(hi, assistant(...blocks, call('a')), user(result('a')))[1]
    return message?.role === 'assistant' ? message.reasoning : undefined
  }

  test('goes back to the model in its own words', () => {
    expect(reasoningOf({ type: 'thinking', thinking: 'Hm', signature: 'c2lnMQ==' })).toBe('Hm')
  })

  test('that was not shown is opened again, for the key that it was sealed for', () => {
    const hidden = { type: 'thinking', thinking: '', signature: seal.close('Hm', caller.keyId) }
    expect(reasoningOf(hidden)).toBe('Hm')
    expect(reasoningOf({ type: 'redacted_thinking', data: seal.close('Hm', caller.keyId) })).toBe('Hm')
    const other = { caller: { ...caller, keyId: 'other' } }
    const body = { messages: [hi, assistant(hidden, call('a')), user(result('a'))] }
    expect(decoded(body, other).messages[1]).not.toHaveProperty('reasoning')
  })

  test('of others is passed over', () => {
    expect(reasoningOf({ type: 'thinking', thinking: '', signature: 'EqoB/+==' })).toBeUndefined()
    expect(reasoningOf({ type: 'redacted_thinking', data: 'EqoB' })).toBeUndefined()
    expect(reasoningOf({ type: 'thinking', thinking: null })).toBeUndefined()
  })

  test('is on where it is asked for, and between tools only where results are told', () => {
    const thinks = (thinking: unknown, ...messages: object[]) =>
      decoded({ messages: [hi, ...messages], thinking }).chat_template_kwargs.enable_thinking
    expect(['enabled', 'adaptive', 'disabled', 'between_tools'].map((type) => thinks({ type }))).toEqual([
      true,
      true,
      false,
      false,
    ])
    expect(thinks(undefined)).toBe(false)
    expect(thinks({ type: 'between_tools' }, assistant(call('a')), user(result('a')))).toBe(true)
  })
})

test('a message of which nothing would be left is refused; one that is empty, or of which something is left, is not', () => {
  const newer = { type: 'newer' }
  expect(() => decode({ messages: [hi, user(newer, newer)] })).toThrow(/^`messages\[1\]\.content`: found only blocks/)
  expect(conversation(hi, user(newer, text('there')))).toMatchObject([hi, { content: 'there' }])
  expect(conversation(hi, { role: 'user', content: [] })).toMatchObject([hi, { content: '' }])
})

test('what is left out is named in headers', () => {
  const search = { type: 'server_tool_use', id: 's', name: 'web_search', input: {} }
  const messages = [
    hi,
    assistant(search, { type: 'evil\r\nheader' }, call('a')),
    user(result('a', [{ type: 'browser_state' }])),
  ]
  const tools = [
    { type: 'web_search_20250305', name: 'web_search' },
    { type: 'memory_20250818', name: 'memory' },
    { name: 'f', input_schema: {} },
  ]
  const system = [text('Be kind.'), { type: 'newer' }]
  expect(decode({ messages, tools, system }).headers).toEqual({
    'x-gateway-dropped-blocks': 'newer, server_tool_use, browser_state',
    'x-gateway-dropped-tools': 'web_search_20250305, memory_20250818',
  })
  expect(decode(says()).headers).toEqual({})
})
