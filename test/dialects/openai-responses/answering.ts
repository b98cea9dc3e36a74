import type { ChatPolicy } from '../../../src/chat/chat-policy.ts'
import type { Answer, Decoded } from '../../../src/dialects/dialect.ts'
import { decodeRequest } from '../../../src/dialects/openai-responses/decode-request.ts'
import type { ResponsesEcho } from '../../../src/dialects/openai-responses/echo.ts'
import type { ResponseStore } from '../../../src/dialects/openai-responses/response-store.ts'
import { caller, seal } from '../answering.ts'
import { policy as usualPolicy } from '../policy.ts'

export const token = 'ab'.repeat(24)
export const createdAt = 1_795_000_000

interface DecodeOptions {
  readonly store?: ResponseStore
  readonly policy?: Partial<ChatPolicy>
  readonly keyId?: string
}

/** Decodes a request, with fields of its own beside a short input. */
export function decode(
  body: object,
  { store, policy = {}, keyId = caller.keyId }: DecodeOptions = {},
): Promise<Decoded<ResponsesEcho>> {
  const context = { policy: { ...usualPolicy, ...policy }, caller: { ...caller, keyId }, seal }
  const parts = { store, createToken: () => token, now: () => createdAt * 1000 + 999 }
  return decodeRequest({ input: 'Hi', ...body }, context, parts)
}

/** What an answer to a request is called in its own text. */
export async function answerTo(body: object = {}, options: DecodeOptions = {}): Promise<Answer<ResponsesEcho>> {
  const { echo } = await decode(body, options)
  return { echo, requestId: 'req_1', model: 'gemma4', caller, seal }
}

/** A store in plain sight. */
export function createMemoryStore(): ResponseStore & { readonly texts: Map<string, string> } {
  const texts = new Map<string, string>()
  return {
    texts,
    async put(keyId, { id, text }) {
      texts.set(`${keyId} ${id}`, text)
    },
    async get(keyId, id) {
      const text = texts.get(`${keyId} ${id}`)
      return text === undefined ? undefined : { id, text }
    },
    remove: async (keyId, id) => texts.delete(`${keyId} ${id}`),
  }
}
