import type { RequestLimits } from '../chat/serve-chat.ts'
import type { Visit } from '../chat/visit.ts'
import type { Credits } from './credits.ts'
import type { Limits } from './limits.ts'

/** The most that a request may take: tokens, and what they are charged in micro-units. */
export type Weigh<Wanted> = (request: Wanted, visit: Visit) => { readonly tokens: number; readonly charge: number }

export interface RequestLimitsParts<Wanted> {
  readonly limits: Limits
  readonly credits: Credits
  readonly weigh: Weigh<Wanted>
}

/** What stands between a request that fits and its place: the limits of its key and its service, and its key's credits. */
export function createRequestLimits<Wanted>({
  limits,
  credits,
  weigh,
}: RequestLimitsParts<Wanted>): RequestLimits<Wanted> {
  return {
    enter(visit, request) {
      const { keyId, creditsMicro } = visit.caller
      if (creditsMicro === undefined && !limits.concern(visit)) return undefined
      const { tokens, charge } = weigh(request, visit)
      const permit = limits.enter(visit, tokens)
      try {
        const reservation = creditsMicro === undefined ? undefined : credits.reserve(keyId, creditsMicro, charge)
        return {
          rate: permit.rate,
          settle(spent) {
            permit.settle(spent?.tokens ?? 0)
            reservation?.settle(spent?.charge ?? 0)
          },
          cancel() {
            permit.cancel()
            reservation?.settle(0)
          },
        }
      } catch (thrown) {
        permit.settle(0)
        throw thrown
      }
    },
  }
}
