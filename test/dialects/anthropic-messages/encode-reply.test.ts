import { expect, test } from 'vitest'
import type { ChatChoice } from '../../../src/chat/chat-reply.ts'
import { encodeReply } from '../../../src/dialects/anthropic-messages/encode-reply.ts'
import { caller, seal } from '../answering.ts'
import { answer, type Told } from './answer.ts'

function reply(choice: Partial<ChatChoice>, echo: Parameters<typeof answer>[0] = {}): Told {
  const usage = { promptTokens: 10, cachedTokens: 4, completionTokens: 7, reasoningTokens: 2 }
  const finish = { reason: 'stop' as const, stopString: null }
  const whole = { index: 0, reasoning: '', text: '', toolCalls: [], logprobs: null, finish, ...choice }
  return JSON.parse(encodeReply({ created: 1, choices: [whole], usage }, answer(echo)))
}

test('a reply with everything is told in blocks', () => {
  const toolCalls = [{ id: 'x', name: 'f', json: '{"x":1}' }]
  const finish = { reason: 'tool-calls' as const, stopString: null }
  const told = reply({ reasoning: 'Hm', text: 'a', toolCalls, finish })
  expect(told).toEqual({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet',
    content: [
      { type: 'thinking', thinking: 'Hm', signature: expect.stringMatching(/^[\w-]{20,60}$/) },
      { type: 'text', text: 'a' },
      { type: 'tool_use', id: 'toolu_1_0', name: 'f', input: { x: 1 } },
    ],
    stop_reason: 'tool_use',
    stop_sequence: null,
    usage: {
      input_tokens: 6,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 4,
      output_tokens: 7,
      output_tokens_details: { thinking_tokens: 2 },
    },
  })
})

test('an empty reply has no blocks', () => {
  expect(reply({}).content).toEqual([])
})

test('hidden thinking is in its signature alone', () => {
  const [block] = reply({ reasoning: 'Hm' }, { showsThinking: false }).content
  expect(block).toMatchObject({ type: 'thinking', thinking: '' })
  expect(seal.open(block.signature, caller.keyId)).toBe('Hm')
})

test('a call that was cut has what came of it', () => {
  const toolCalls = [{ id: 'x', name: 'f', json: '{"path":"/a","content":"He' }]
  const told = reply({ toolCalls, finish: { reason: 'length', stopString: null } })
  expect(told.content).toMatchObject([{ input: { path: '/a', content: 'He' } }])
  expect(told.stop_reason).toBe('max_tokens')
})

test('the caller’s own stop sequence is named', () => {
  const told = reply({ text: 'a', finish: { reason: 'stop-string', stopString: 'END' } })
  expect(told).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: 'END' })
})
