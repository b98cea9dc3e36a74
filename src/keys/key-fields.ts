import type { KeyDefaults, KeyLimits } from '../chat/caller.ts'
import type { KeyChange } from '../chat/key-shapes.ts'
import { readMoney } from '../wire/money.ts'
import { KeyRequestError } from './key-request-error.ts'
import type { KeyFields, Rights } from './stored-key.ts'

/** What a new key has where its draft says nothing: what its maker has, and an administrator's rights for nobody. */
export function inheritFields(maker: Rights): KeyFields {
  const remarks = { name: '', owner: '', notes: '', tags: [] }
  if (maker.role === 'admin') return { ...remarks, role: 'user', services: 'all', expiresAtMs: null }
  const { services, models, dialects, limits, creditsMicro, expiresAtMs } = maker
  return { ...remarks, role: 'user', services, models, dialects, limits, creditsMicro, expiresAtMs }
}

/** Lays a checked draft or change over what there is. Throws KeyRequestError. */
export function applyChange(base: KeyFields, change: KeyChange, nowMs: number): KeyFields {
  return {
    name: change.name?.trim() ?? base.name,
    owner: change.owner ?? base.owner,
    notes: change.notes ?? base.notes,
    tags: change.tags ?? base.tags,
    role: change.role ?? base.role,
    services: change.services ?? base.services,
    models: namesOf(change.models, base.models),
    dialects: namesOf(change.dialects, base.dialects),
    expiresAtMs: expiryOf(change.expires_at, base.expiresAtMs, nowMs),
    creditsMicro: creditsOf(change.credits, base.creditsMicro),
    limits: limitsOf(change.limits, base.limits),
    trustEndUser: trustOf(change.trust_end_user, base.trustEndUser),
    defaults: defaultsOf(change.defaults, base.defaults),
  }
}

/** An administrator may use everything, and a key must not look as if it could not. Throws KeyRequestError. */
export function requireSense({ role, services, models, dialects }: KeyFields): void {
  if (role !== 'admin') return
  const bounded = Object.entries({ services, models: models ?? 'all', dialects: dialects ?? 'all' })
  const [field] = bounded.find(([, names]) => names !== 'all') ?? []
  if (field !== undefined) {
    throw new KeyRequestError(`\`${field}\`: an administrator may use everything, so that "all" is wanted.`, field)
  }
}

function namesOf(
  wanted: 'all' | readonly string[] | undefined,
  base: readonly string[] | undefined,
): readonly string[] | undefined {
  if (wanted === undefined) return base
  return wanted === 'all' ? undefined : wanted
}

function expiryOf(wanted: string | null | undefined, baseMs: number | null, nowMs: number): number | null {
  if (wanted === undefined) return baseMs
  if (wanted === null) return null
  const expiresAtMs = Date.parse(wanted)
  if (expiresAtMs > nowMs) return expiresAtMs
  throw new KeyRequestError('`expires_at`: a time to come is wanted.', 'expires_at')
}

function creditsOf(wanted: string | null | undefined, base: number | undefined): number | undefined {
  if (wanted === undefined) return base
  return wanted === null ? undefined : readMoney(wanted)
}

function trustOf(wanted: KeyChange['trust_end_user'], base: KeyFields['trustEndUser']): KeyFields['trustEndUser'] {
  if (wanted === undefined) return base
  return wanted === 'none' ? undefined : wanted
}

function limitsOf(wanted: KeyChange['limits'], base: KeyLimits | undefined): KeyLimits | undefined {
  if (wanted === undefined) return base
  const limits = {
    requestsPerMinute: boundOf(wanted.requests_per_minute, base?.requestsPerMinute),
    tokensPerMinute: boundOf(wanted.tokens_per_minute, base?.tokensPerMinute),
    tokensPerDay: boundOf(wanted.tokens_per_day, base?.tokensPerDay),
    concurrent: boundOf(wanted.concurrent, base?.concurrent),
  }
  return Object.values(limits).every((bound) => bound === undefined) ? undefined : limits
}

function defaultsOf(wanted: KeyChange['defaults'], base: KeyDefaults | undefined): KeyDefaults | undefined {
  if (wanted === undefined) return base
  const enableThinking = boundOf(wanted.enable_thinking, base?.enableThinking)
  const maxTokens = boundOf(wanted.max_tokens, base?.maxTokens)
  const reasoningFields = boundOf(wanted.reasoning_fields, base?.reasoningFields)
  const defaults = { enableThinking, maxTokens, reasoningFields }
  return Object.values(defaults).every((value) => value === undefined) ? undefined : defaults
}

/** Null takes away, and what is not said stays. */
function boundOf<Value>(wanted: Value | null | undefined, base: Value | undefined): Value | undefined {
  return wanted === undefined ? base : (wanted ?? undefined)
}
