import type { KeyLimits } from '../chat/caller.ts'
import { formatMoney } from '../wire/money.ts'
import type { Rights } from './stored-key.ts'

/** A right that is wanted of somebody who does not have it. */
export interface Excess {
  /** As the admin API spells it. */
  readonly field: string
  /** What the maker has, to go on after "may grant". */
  readonly grantable: string
}

const limitNames = {
  requestsPerMinute: 'limits.requests_per_minute',
  tokensPerMinute: 'limits.tokens_per_minute',
  tokensPerDay: 'limits.tokens_per_day',
  concurrent: 'limits.concurrent',
} as const satisfies Record<keyof KeyLimits, string>

/**
 * The first right that a key would have and its maker lacks. Administrators lack nothing; operators may make and change
 * keys of users, with no more than they have themselves; others may grant nothing at all.
 */
export function findExcess(maker: Rights, wanted: Rights): Excess | undefined {
  if (maker.role === 'admin') return undefined
  if (maker.role !== 'operator') return { field: 'role', grantable: 'nothing' }
  if ((wanted.role ?? 'user') !== 'user') return { field: 'role', grantable: 'the role user' }
  return (
    excessNames('services', maker.services, wanted.services) ??
    excessNames('models', maker.models ?? 'all', wanted.models ?? 'all') ??
    excessNames('dialects', maker.dialects ?? 'all', wanted.dialects ?? 'all') ??
    excessLimit(maker.limits ?? {}, wanted.limits ?? {}) ??
    excessBound('credits', maker.creditsMicro, wanted.creditsMicro, formatMoney) ??
    excessBound('expires_at', maker.expiresAtMs ?? undefined, wanted.expiresAtMs ?? undefined, formatTime) ??
    excessTrust(maker.trustEndUser, wanted.trustEndUser)
  )
}

type Names = 'all' | readonly string[]

function excessNames(field: string, own: Names, wanted: Names): Excess | undefined {
  if (own === 'all') return undefined
  if (wanted !== 'all' && wanted.every((name) => own.includes(name))) return undefined
  return { field, grantable: own.length === 0 ? 'none' : own.join(', ') }
}

function excessLimit(own: KeyLimits, wanted: KeyLimits): Excess | undefined {
  for (const name of ['requestsPerMinute', 'tokensPerMinute', 'tokensPerDay', 'concurrent'] as const) {
    const excess = excessBound(limitNames[name], own[name], wanted[name])
    if (excess !== undefined) return excess
  }
  return undefined
}

function excessBound(
  field: string,
  own: number | undefined,
  wanted: number | undefined,
  show: (bound: number) => string = String,
): Excess | undefined {
  if (own === undefined || (wanted !== undefined && wanted <= own)) return undefined
  return { field, grantable: `at most ${show(own)}` }
}

function formatTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}

/** Whoever is believed with plain headers is believed with signed ones. */
const trustRank = { none: 0, jwt: 1, headers: 2 } as const

function excessTrust(own: Rights['trustEndUser'], wanted: Rights['trustEndUser']): Excess | undefined {
  const isWithin = trustRank[wanted ?? 'none'] <= trustRank[own ?? 'none']
  return isWithin ? undefined : { field: 'trust_end_user', grantable: own ?? 'none' }
}
