import { describe, expect, test } from 'vitest'
import { decodeRequest } from '../../../src/dialects/openai-chat/decode-request.ts'
import { failureNow } from '../../chat/failure-of.ts'
import { tone } from '../../wire/small-audio.ts'
import { dataUrl, images } from '../../wire/small-images.ts'
import { policy } from '../policy.ts'
import { decoded } from './decode.ts'

function message(sent: object): unknown {
  return decoded({ messages: [sent] }).messages[0]
}

function refusal(sent: object) {
  return failureNow(() => message(sent))
}

const image = { type: 'image_url', image_url: { url: dataUrl(images.png.bytes) } }
const text = { type: 'text', text: 'Look' }

describe('a message of', () => {
  test('the developer is one of the system', () => {
    expect(message({ role: 'developer', content: 'Be brief.' })).toEqual({ role: 'system', content: 'Be brief.' })
  })

  test('the system in parts is one text', () => {
    const content = [text, { type: 'text', text: 'again' }]
    expect(message({ role: 'system', content })).toEqual({ role: 'system', content: 'Look\nagain' })
    expect(refusal({ role: 'system', content: [image] }).field).toBe('messages[0].content[0].type')
  })

  test('the user keeps text and parts as they stand', () => {
    expect(message({ role: 'user', content: '' })).toEqual({ role: 'user', content: '' })
    expect(message({ role: 'user', name: 'Ada', content: [text, image] })).toEqual({
      role: 'user',
      content: [text, image],
    })
  })

  test('a tool keeps the id of its call, and may hold an image', () => {
    const called = { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } }
    const sent = { role: 'tool', tool_call_id: 'call_1', content: [image, text] }
    const messages = [{ role: 'assistant', content: null, tool_calls: [called] }]
    expect(decoded({ messages: [...messages, { ...sent, name: 'f' }] }).messages).toEqual([...messages, sent])
    expect(refusal({ role: 'tool', content: 'sunny' }).field).toBe('messages[0].tool_call_id')
  })

  test.each(['model', 'User', ''])('%j is refused', (role) => {
    expect(refusal({ role, content: 'Hi' })).toMatchObject({ kind: 'invalid-request', field: 'messages[0].role' })
  })

  test.each(['remote_image', 'audio_url', 'video_url', 'image_embeds', 'image_pil'])(
    'the user with a part of type %s is refused',
    (type) => {
      expect(refusal({ role: 'user', content: [text, { type, [type]: {} }] }).field).toBe('messages[0].content[1].type')
    },
  )

  test('the user with a file is refused in words that say what to do', () => {
    const file = { type: 'file', file: { filename: 'a.txt', file_data: 'data:text/plain;base64,SGk=' } }
    expect(refusal({ role: 'user', content: [text, file] })).toMatchObject({
      kind: 'unsupported-field',
      field: 'messages[0].content[1].file',
      message:
        '`messages[0].content[1].file` is not supported here: files are not read; send what is in it as text or as images.',
    })
  })

  test('audio is kept under the format of its bytes, and refused by the name of its field', () => {
    const data = tone('tone.mp3').toString('base64')
    const audio = { type: 'input_audio', input_audio: { data, format: 'mp3' } }
    const declared = { type: 'input_audio', input_audio: { data, format: 'wav' } }
    expect(message({ role: 'user', content: [declared, text] })).toEqual({ role: 'user', content: [audio, text] })
    const broken = { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }
    expect(refusal({ role: 'user', content: [text, broken] })).toMatchObject({
      kind: 'invalid-request',
      field: 'messages[0].content[1].input_audio.data',
    })
    expect(refusal({ role: 'user', content: [audio, audio] }).message).toContain('2 pieces of audio')
  })

  test('the user without content is refused', () => {
    for (const content of [undefined, null, 5, {}]) expect(refusal({ role: 'user', content }).field).toMatch(/content$/)
  })
})

describe('a message of the assistant', () => {
  const call = { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{"a": 1}' } }

  test('may be text, parts or a refusal', () => {
    expect(message({ role: 'assistant', content: 'Hi' })).toEqual({ role: 'assistant', content: 'Hi' })
    expect(message({ role: 'assistant', content: null, refusal: 'No.' })).toMatchObject({ content: 'No.' })
    const parts = [text, { type: 'refusal', refusal: 'No.' }]
    expect(message({ role: 'assistant', content: parts })).toMatchObject({ content: 'Look\nNo.' })
  })

  test.each(['reasoning_content', 'reasoning', 'thinking'])('brings its reasoning back as %s', (name) => {
    const sent = { role: 'assistant', content: 'Hi', [name]: 'so' }
    expect(message(sent)).toEqual({ role: 'assistant', content: 'Hi', reasoning: 'so' })
  })

  test('may be tool calls alone', () => {
    const wanted = { role: 'assistant', content: null, tool_calls: [call] }
    expect(message({ role: 'assistant', content: null, tool_calls: [call] })).toEqual(wanted)
    expect(message({ role: 'assistant', tool_calls: [{ ...call, type: null, index: 0 }] })).toEqual(wanted)
  })

  test('without content or calls is empty', () => {
    for (const nothing of [{}, { content: null }, { content: [] }, { tool_calls: null }, { tool_calls: [] }]) {
      expect(message({ role: 'assistant', ...nothing })).toEqual({ role: 'assistant', content: '' })
    }
    const thought = { role: 'assistant', content: '', reasoning: 'so' }
    expect(message({ role: 'assistant', content: null, reasoning_content: 'so' })).toEqual(thought)
  })

  test('has arguments that are an object: nothing and other JSON become {}, what was cut is closed', () => {
    const withArguments = (json: unknown) => ({
      role: 'assistant',
      tool_calls: [call, { ...call, function: { name: 'f', arguments: json } }],
    })
    for (const empty of ['', '  \n', 'null', '[1]', '5']) {
      expect(message(withArguments(empty))).toMatchObject({ tool_calls: [call, { function: { arguments: '{}' } }] })
    }
    const cut = withArguments('{"id":12345678901234567890,"text":"one two')
    const closed = '{"id":12345678901234567890,"text":"one two"}'
    expect(message(cut)).toMatchObject({ tool_calls: [call, { function: { arguments: closed } }] })
    expect(refusal(withArguments({ a: 1 })).field).toBe('messages[0].tool_calls[1].function.arguments')
  })
})

describe('a conversation with tools', () => {
  const call = { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }
  const user = { role: 'user', content: 'Hi' }
  const result = { role: 'tool', tool_call_id: 'a', content: '1' }

  function conversation(...messages: object[]): unknown[] {
    return [...decoded({ messages }).messages]
  }

  test('gives a call without a result one that says so', () => {
    const called = { role: 'assistant', content: null, tool_calls: [call] }
    const missing = { ...result, content: '[no result]' }
    expect(conversation(user, called, user)).toEqual([user, called, missing, user])
  })

  test('makes text of a result without a call', () => {
    expect(conversation(user, result)).toEqual([
      user,
      { role: 'user', content: '[result of a tool call that is not in this conversation]\n1' },
    ])
  })

  test('keeps apart calls of the same id', () => {
    const called = { role: 'assistant', content: null, tool_calls: [call, call] }
    expect(conversation(user, called, result, { ...result, content: '2' })).toEqual([
      user,
      { ...called, tool_calls: [call, { ...call, id: 'a_2' }] },
      result,
      { ...result, tool_call_id: 'a_2', content: '2' },
    ])
  })

  test('may hold custom calls, which are functions of one string to the model', () => {
    const custom = { id: 'a', type: 'custom', custom: { name: 'f', input: 'a "b"' } }
    const called = { role: 'assistant', content: null, tool_calls: [custom] }
    const wanted = { ...call, function: { name: 'f', arguments: '{"input":"a \\"b\\""}' } }
    expect(conversation(user, called, result)).toEqual([user, { ...called, tool_calls: [wanted] }, result])
  })

  test('may be one of functions, whose calls have names in place of ids', () => {
    const asked = { role: 'assistant', content: null, function_call: { name: 'f', arguments: '' } }
    const told = { role: 'function', name: 'f', content: '1' }
    const id = 'function_f'
    expect(conversation(user, asked, told, asked, { ...told, content: null })).toEqual([
      user,
      { role: 'assistant', content: null, tool_calls: [{ ...call, id }] },
      { ...result, tool_call_id: id },
      { role: 'assistant', content: null, tool_calls: [{ ...call, id }] },
      { ...result, tool_call_id: id, content: '' },
    ])
    expect(refusal({ ...asked, function_call: { name: 'f', arguments: [1] } })).toMatchObject({
      kind: 'invalid-request',
      field: 'messages[0].function_call.arguments',
    })
  })
})

describe('messages', () => {
  test('are one at least and 2048 at most', () => {
    const user = { role: 'user', content: 'Hi' }
    expect(failureNow(() => decoded({ messages: [] })).field).toBe('messages')
    expect(failureNow(() => decoded({})).field).toBe('messages')
    expect(decoded({ messages: Array(2048).fill(user) }).messages).toHaveLength(2048)
    expect(failureNow(() => decoded({ messages: Array(2049).fill(user) })).field).toBe('messages')
  })

  test('have 64 parts each at most', () => {
    expect(() => message({ role: 'user', content: Array(64).fill(text) })).not.toThrow()
    expect(refusal({ role: 'user', content: Array(65).fill(text) }).field).toBe('messages[0].content')
  })

  test('have as many images together as the service allows, those of tools counted', () => {
    const messages = [
      { role: 'user', content: [image, text] },
      { role: 'assistant', content: 'Hi' },
      { role: 'tool', tool_call_id: 'a', content: [image] },
    ]
    expect(() => decoded({ messages })).not.toThrow()
    expect(failureNow(() => decodeRequest({ messages }, { ...policy, maxImages: 1 }))).toMatchObject({
      kind: 'invalid-request',
      field: 'messages',
      message: '`messages`: found 2 images, wanted at most 1.',
    })
  })

  test('have images that are checked by their bytes, and told by their place', () => {
    const eps = { type: 'image_url', image_url: { url: dataUrl(Buffer.from('%!PS-Adobe-3.0 EPSF-3.0')) } }
    expect(refusal({ role: 'user', content: [text, eps] }).field).toBe('messages[0].content[1].image_url.url')
    const remote = { type: 'image_url', image_url: { url: 'http://127.0.0.1/a.png' } }
    expect(refusal({ role: 'tool', tool_call_id: 'a', content: [remote] })).toMatchObject({
      kind: 'unsupported-field',
      field: 'messages[0].content[0].image_url.url',
    })
  })
})
