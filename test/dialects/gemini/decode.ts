import type { ChatRequest } from '../../../src/chat/chat-request.ts'
import type { Asked, DecodeContext, Decoded } from '../../../src/dialects/dialect.ts'
import { decodeRequest, type GeminiEcho } from '../../../src/dialects/gemini/decode-request.ts'
import { caller, seal } from '../answering.ts'
import { policy } from '../policy.ts'

/** A request at the door, for the whole answer unless a test says otherwise. */
export function asked(body: unknown, rest: Partial<Asked> = {}): Asked {
  return { body, path: 'gemma4:generateContent', query: {}, headers: {}, ...rest }
}

export const context: DecodeContext = { policy, caller, seal }

export function decode(body: unknown, rest: Partial<DecodeContext> = {}): Decoded<GeminiEcho> {
  return decodeRequest(asked(body), { ...context, ...rest })
}

/** As it goes upstream: fields that are undefined are gone. */
export function decoded(body: unknown, rest: Partial<DecodeContext> = {}): ChatRequest {
  return JSON.parse(JSON.stringify(decode(body, rest).request))
}

/** The smallest body there is, and what else a test gives it. */
export function says(rest: object = {}): object {
  return { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }], ...rest }
}

/** A body with this generation config. */
export function configured(generationConfig: object): object {
  return says({ generationConfig })
}

export function conversation(...contents: object[]): object {
  return { contents }
}

export function user(...parts: object[]): object {
  return { role: 'user', parts }
}

export function model(...parts: object[]): object {
  return { role: 'model', parts }
}

export function call(name: string, args: object = {}, rest: object = {}): object {
  return { functionCall: { name, args, ...rest } }
}

export function result(name: string, response: unknown, rest: object = {}): object {
  return { functionResponse: { name, response, ...rest } }
}
