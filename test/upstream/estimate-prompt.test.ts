import { describe, expect, test } from 'vitest'
import { estimatePrompt, textBytes } from '../../src/upstream/estimate-prompt.ts'
import { tone, wav } from '../wire/small-audio.ts'
import { asks, tool } from './chat-requests.ts'

const nothing = estimatePrompt(asks(''))

describe('the estimate of a prompt counts', () => {
  test('a message and the prompt itself, where nothing is said', () => {
    expect(nothing).toBe(6)
    const user = { role: 'user', content: '' } as const
    expect(estimatePrompt(asks('', { messages: [user, user, user] }))).toBe(nothing + 8)
  })

  test('text by its bytes, so that other scripts are not taken for English', () => {
    expect(estimatePrompt(asks('x'.repeat(320)))).toBe(nothing + 100)
    expect(estimatePrompt(asks('我'.repeat(320)))).toBe(nothing + 300)
    expect(estimatePrompt(asks([{ type: 'text', text: 'x'.repeat(320) }]))).toBe(nothing + 100)
  })

  test('an image by what it takes, not by its bytes, also in a tool’s answer', () => {
    const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(100_000)}` } } as const
    expect(estimatePrompt(asks([image, image]))).toBe(nothing + 564)
    const result = { role: 'tool', tool_call_id: 'call_1', content: [image] } as const
    expect(estimatePrompt(asks('', { messages: [result] }))).toBe(nothing + 282)
  })

  test('an image that is still to be fetched as one', () => {
    expect(estimatePrompt(asks([{ type: 'remote_image', url: 'https://example.org/', field: 'x' }]))).toBe(
      nothing + 282,
    )
  })

  test('audio by its length, and by the longest there may be where it does not tell', () => {
    const audio = (bytes: Buffer, format: string) =>
      ({ type: 'input_audio', input_audio: { data: bytes.toString('base64'), format } }) as const
    expect(estimatePrompt(asks([audio(wav({ seconds: 4 }), 'wav')]))).toBe(nothing + 100)
    expect(estimatePrompt(asks([audio(tone('tone-live.webm'), 'webm')]))).toBe(nothing + 750)
  })

  test('tools by their declarations', () => {
    const tools = [tool('get_weather')]
    expect(estimatePrompt(asks('', { tools }))).toBe(nothing + Math.ceil(JSON.stringify(tools).length / 3))
  })

  test('calls of the past by name and arguments', () => {
    const call = {
      id: 'call_1',
      type: 'function',
      function: { name: 'f', arguments: `{"a":"${'x'.repeat(313)}"}` },
    } as const
    const message = { role: 'assistant', content: null, tool_calls: [call] } as const
    expect(textBytes(asks('', { messages: [message] }))).toBe(322)
    expect(estimatePrompt(asks('', { messages: [message] }))).toBeGreaterThan(nothing + 100)
  })
})
