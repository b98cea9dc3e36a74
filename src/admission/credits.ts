import { GatewayError } from '../chat/gateway-error.ts'

/** Amounts are micro-units of the card's currency. */
export interface Credits {
  /**
   * Sets an amount aside before it is spent, so that many requests at once cannot spend what is there for one. Throws
   * `out-of-credits`, or `overloaded` while nobody can say what the key has spent.
   */
  reserve(keyId: string, granted: number, amount: number): Reservation
  /** What is left of a key's credits, what is set aside not counted; undefined while nobody can say. */
  left(keyId: string, granted: number): number | undefined
  /** What keys had spent before this process counted for itself. Until it is told, nothing can be reserved. */
  begin(spent: Iterable<readonly [keyId: string, amount: number]>): void
}

interface Reservation {
  /** Ends it, once: what was set aside becomes what was spent. */
  settle(spent: number): void
}

/** The credits of keys, counted in memory: no request waits for a database. */
export function createCredits(): Credits {
  const spent = new Map<string, number>()
  const reserved = new Map<string, number>()
  let hasBegun = false

  function change(amounts: Map<string, number>, keyId: string, amount: number): void {
    const changed = (amounts.get(keyId) ?? 0) + amount
    if (changed === 0) amounts.delete(keyId)
    else amounts.set(keyId, changed)
  }

  function leftOf(keyId: string, granted: number): number {
    return granted - (spent.get(keyId) ?? 0)
  }

  return {
    reserve(keyId, granted, amount) {
      if (!hasBegun) throw notYet()
      // In this order an amount that is no number is refused.
      if (!(amount <= leftOf(keyId, granted) - (reserved.get(keyId) ?? 0))) throw spentAll()
      change(reserved, keyId, amount)
      let isOpen = true
      return {
        settle(used) {
          if (!isOpen) return
          isOpen = false
          change(reserved, keyId, -amount)
          change(spent, keyId, used)
        },
      }
    },
    left: (keyId, granted) => (hasBegun ? leftOf(keyId, granted) : undefined),
    begin(earlier) {
      for (const [keyId, amount] of earlier) change(spent, keyId, amount)
      hasBegun = true
    },
  }
}

function notYet(): GatewayError {
  const message = 'What this key has spent cannot be told right now. Please try again shortly.'
  return new GatewayError('overloaded', message, { retryAfterSeconds: 2 })
}

function spentAll(): GatewayError {
  return new GatewayError('out-of-credits', 'The credits of this key do not suffice for this request.')
}
