import type { ChatPolicy } from './chat-policy.ts'
import { GatewayError } from './gateway-error.ts'

/** `operator`: manages the keys of users, within its own rights. `admin`: may do everything. */
export type Role = 'admin' | 'operator' | 'user'

/** Bounds of one key; what is not there is not bounded. */
export interface KeyLimits {
  readonly requestsPerMinute?: number | undefined
  readonly tokensPerMinute?: number | undefined
  readonly tokensPerDay?: number | undefined
  /** Requests that run at once. */
  readonly concurrent?: number | undefined
}

/** Under which names thinking is told in Chat Completions: some clients read the one, some the other, and some choke on two. */
export const reasoningFields = ['both', 'reasoning_content', 'reasoning', 'none'] as const
export type ReasoningFields = (typeof reasoningFields)[number]

/** What a key's requests have where they say nothing themselves. */
export interface KeyDefaults {
  readonly enableThinking?: boolean | undefined
  readonly maxTokens?: number | undefined
  /** `both` where it is not there. */
  readonly reasoningFields?: ReasoningFields | undefined
}

/** What is agreed for a key beside its services and its end. */
export interface KeyTerms {
  /** A user's where it is not there. */
  readonly role?: Role | undefined
  /** Names of models; all where it is not there. */
  readonly models?: readonly string[] | undefined
  /** Names of dialects; all where it is not there. */
  readonly dialects?: readonly string[] | undefined
  readonly limits?: KeyLimits | undefined
  /** What it may spend in all, in millionths of the card's currency; nothing is counted where it is not there. */
  readonly creditsMicro?: number | undefined
  /** How far it is believed who its end user is; not at all where it is not there. */
  readonly trustEndUser?: 'headers' | 'jwt' | undefined
  readonly defaults?: KeyDefaults | undefined
}

/** Who a key belongs to, and what that key may use. */
export interface Caller extends KeyTerms {
  readonly keyId: string
  readonly keyName: string
  /** Names of the services the key may use. */
  readonly services: 'all' | ReadonlySet<string>
  /** True for administrators' keys, which have every permission. */
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

/** Whether one of a model's names is among those that the key may use. */
export function mayUseModel(caller: Caller, names: readonly (string | null)[]): boolean {
  const { admin, models } = caller
  return admin || models === undefined || names.some((name) => name !== null && models.includes(name))
}

/** Throws `forbidden-service`. */
export function requireDialect({ admin, dialects }: Caller, dialect: string): void {
  if (!admin && dialects !== undefined && !dialects.includes(dialect))
    throw forbidden(`speak the dialect \`${dialect}\``)
}

/** What a request wants to use. */
export interface Access {
  readonly service: string
  /** Every name of the model that will answer. */
  models(): readonly (string | null)[]
  readonly dialect: string
}

/** Throws `forbidden-service`, and says which of the three it is. */
export function requireAccess(caller: Caller, { service, models, dialect }: Access): void {
  if (!mayUse(caller, service)) throw forbidden(`use the service \`${service}\``)
  requireDialect(caller, dialect)
  if (caller.models !== undefined && !mayUseModel(caller, models())) {
    throw forbidden(`use this model of the service \`${service}\``)
  }
}

function forbidden(what: string): GatewayError {
  return new GatewayError('forbidden-service', `This key may not ${what}.`)
}

/** A service's policy with the key's own defaults in place of the service's. */
export function policyFor({ defaults: wanted }: Caller, policy: ChatPolicy): ChatPolicy {
  if (wanted === undefined) return policy
  const { enableThinking, maxTokens } = wanted
  const defaults = {
    ...policy.defaults,
    enable_thinking: enableThinking ?? policy.defaults.enable_thinking,
    max_tokens: Math.min(maxTokens ?? policy.defaults.max_tokens, policy.maxTokens),
  }
  return { ...policy, defaults }
}
