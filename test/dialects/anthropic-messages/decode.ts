import type { ChatRequest } from '../../../src/chat/chat-request.ts'
import { decodeRequest, type MessagesEcho } from '../../../src/dialects/anthropic-messages/decode-request.ts'
import type { DecodeContext, Decoded } from '../../../src/dialects/dialect.ts'
import { caller, seal } from '../answering.ts'
import { policy } from '../policy.ts'

const context: DecodeContext = { policy, caller, seal }

export function decode(body: unknown, rest: Partial<DecodeContext> = {}): Decoded<MessagesEcho> {
  return decodeRequest(body, { ...context, ...rest })
}

/** As it goes upstream: fields that are undefined are gone. */
export function decoded(body: unknown, rest: Partial<DecodeContext> = {}): ChatRequest {
  return JSON.parse(JSON.stringify(decode(body, rest).request))
}

export function user(...content: unknown[]): object {
  return { role: 'user', content }
}

export function assistant(...content: unknown[]): object {
  return { role: 'assistant', content }
}

export function text(said: string): object {
  return { type: 'text', text: said }
}

export function call(id: string, name = 'f', input: object = {}): object {
  return { type: 'tool_use', id, name, input }
}

export function result(id: string, content?: unknown, rest: object = {}): object {
  return { type: 'tool_result', tool_use_id: id, content, ...rest }
}

/** The messages that these come to. */
export function conversation(...messages: object[]): ChatRequest['messages'] {
  return decoded({ messages }).messages
}

/** A body with one message, and what else a test gives it. */
export function says(rest: object = {}): object {
  return { messages: [{ role: 'user', content: 'Hi' }], ...rest }
}
