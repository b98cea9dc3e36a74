import type { ChatRequest } from '../chat/chat-request.ts'
import type { RequestLimits } from '../chat/serve-chat.ts'
import type { Credits } from './credits.ts'
import type { Limits } from './limits.ts'

export interface RequestLimitsParts {
  readonly limits: Limits
  readonly credits: Credits
  /** The most that a request may take: tokens, and what they are charged in micro-units. */
  weigh(request: ChatRequest, service: string): { readonly tokens: number; readonly charge: number }
}

/** What stands between a request that fits and its place: the limits of its key and its service, and its key's credits. */
export function createRequestLimits({ limits, credits, weigh }: RequestLimitsParts): RequestLimits {
  return {
    enter(visit, request) {
      const { keyId, creditsMicro } = visit.caller
      if (creditsMicro === undefined && !limits.concern(visit)) return undefined
      const { tokens, charge } = weigh(request, visit.service)
      const permit = limits.enter(visit, tokens)
      try {
        const reservation = creditsMicro === undefined ? undefined : credits.reserve(keyId, creditsMicro, charge)
        return {
          get rate() {
            return permit.rate
          },
          settle(spent) {
            permit.settle(spent?.tokens ?? 0)
            reservation?.settle(spent?.charge ?? 0)
          },
        }
      } catch (thrown) {
        permit.settle(0)
        throw thrown
      }
    },
  }
}
