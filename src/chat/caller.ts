/** Who a key belongs to, and what that key may use. */
export interface Caller {
  readonly keyId: string
  readonly keyName: string
  /** Names of the services the key may use. */
  readonly services: 'all' | ReadonlySet<string>
  /** True for the administrator's key, which has every permission. */
  readonly admin: boolean
}

/**
 * What the key ring says of a presented key. `unavailable`: the key is not known and the key store cannot be asked
 * now, so that nobody can say whether it is wrong.
 */
export type KeyVerdict =
  | { readonly outcome: 'accepted'; readonly caller: Caller }
  | { readonly outcome: 'refused'; readonly reason: 'unknown' | 'expired' | 'revoked' }
  | { readonly outcome: 'unavailable' }

/** Looks a presented key up in memory; never waits, never throws. */
export type FindKey = (presented: string) => KeyVerdict

export function mayUse(caller: Caller, service: string): boolean {
  return caller.admin || caller.services === 'all' || caller.services.has(service)
}
