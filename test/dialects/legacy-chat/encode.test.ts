import { expect, test } from 'vitest'
import type { ChatEvent } from '../../../src/chat/chat-event.ts'
import { GatewayError } from '../../../src/chat/gateway-error.ts'
import { openStream } from '../../../src/dialects/legacy-chat/encode-events.ts'
import { encodeReply } from '../../../src/dialects/legacy-chat/encode-reply.ts'
import { caller, seal } from '../answering.ts'

const usage = { promptTokens: 3, cachedTokens: 0, completionTokens: 2, reasoningTokens: 1 }
const usageTold = {
  prompt_tokens: 3,
  completion_tokens: 2,
  total_tokens: 5,
  prompt_tokens_details: { cached_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 1 },
}

test('a reply is the text, the model and the usage, and no thinking', () => {
  const choice = { index: 0, reasoning: 'secret', text: 'Hi', toolCalls: [], logprobs: null }
  const finish = { reason: 'stop', stopString: null } as const
  const reply = { created: 1, choices: [{ ...choice, finish }], usage }
  expect(JSON.parse(encodeReply(reply, { echo: null, requestId: 'r', model: 'gemma4', caller, seal }))).toEqual({
    response: 'Hi',
    model: 'gemma4',
    usage: usageTold,
  })
})

test('a stream is its deltas, then one done with the usage', () => {
  const events: ChatEvent[] = [
    { type: 'start', created: 1 },
    { type: 'reasoning-start', choice: 0 },
    { type: 'reasoning-delta', choice: 0, text: 'secret' },
    { type: 'reasoning-end', choice: 0 },
    { type: 'text-start', choice: 0 },
    { type: 'text-delta', choice: 0, text: 'Hi "you"' },
    { type: 'text-delta', choice: 0, text: '\n' },
    { type: 'text-end', choice: 0 },
    { type: 'finish', choice: 0, reason: 'stop', stopString: null },
    { type: 'usage', usage },
  ]
  const encoder = openStream()
  expect(events.map((event) => encoder.encode(event)).join('') + encoder.end()).toBe(
    `data: {"delta":"Hi \\"you\\""}\n\ndata: {"delta":"\\n"}\n\ndata: {"done":true,"usage":${JSON.stringify(usageTold)}}\n\n`,
  )
})

test('a failure ends a stream with an error, and without a done', () => {
  const frames = openStream().fail(new GatewayError('timeout', 'Too long.'))
  expect(frames).toBe('data: {"error":{"message":"Too long.","type":"server_error","param":null,"code":"timeout"}}\n\n')
})

test('a keep-alive is a comment', () => {
  expect(openStream().keepAlive()).toBe(': keep-alive\n\n')
})
