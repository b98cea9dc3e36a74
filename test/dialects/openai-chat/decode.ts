import type { ChatRequest } from '../../../src/chat/chat-request.ts'
import { decodeRequest } from '../../../src/dialects/openai-chat/decode-request.ts'
import { policy } from '../policy.ts'

/** The smallest body there is, and what else a test gives it. */
export function body(rest: object = {}): object {
  return { messages: [{ role: 'user', content: 'Hi' }], ...rest }
}

/** As it goes upstream: fields that are undefined are gone. */
export function decoded(sent: unknown): ChatRequest {
  return JSON.parse(JSON.stringify(decodeRequest(sent, policy).request))
}

export const weather = {
  type: 'function',
  function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
} as const
