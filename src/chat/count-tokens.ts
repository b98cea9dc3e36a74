import type { ChatRequest } from './chat-request.ts'
import type { Admission } from './serve-chat.ts'
import type { Visit } from './visit.ts'

/** Who has a prompt's tokens counted, and the signal that ends it. */
type Counting = Pick<Visit, 'caller' | 'service' | 'endUser' | 'signal'>

/**
 * The tokens of a request's prompt: the model's own count, or an estimate where the model cannot be asked. Throws
 * `rate-limited` and `overloaded`.
 */
export type CountTokens = (request: ChatRequest, counting: Counting) => Promise<number>

export interface CountParts {
  readonly limits: { enterCount(counting: Counting): void }
  /** Places of their own: a count must not wait behind answers, and must not flood the model server either. */
  readonly admission: Admission
  count(request: ChatRequest, signal: AbortSignal): Promise<number>
}

export function createCountTokens({ limits, admission, count }: CountParts): CountTokens {
  return async (request, counting) => {
    limits.enterCount(counting)
    const place = await admission.enter(counting)
    try {
      return await count(request, counting.signal)
    } finally {
      place.leave()
    }
  }
}
