import type { RateState } from './rate.ts'

/**
 * Everything that can go wrong with a request, as a closed list. Only dialects know the status codes and the words
 * that belong to a kind; their tables are checked with `satisfies Record<FailureKind, …>`.
 */
export type FailureKind =
  | 'malformed-request'
  | 'invalid-request'
  | 'unsupported-field'
  | 'context-overflow'
  | 'missing-key'
  | 'wrong-key'
  | 'forbidden-service'
  | 'keys-unavailable'
  | 'unknown-model'
  | 'unknown-route'
  | 'wrong-method'
  | 'too-large'
  | 'unsupported-media-type'
  | 'rate-limited'
  | 'out-of-credits'
  | 'overloaded'
  | 'shutting-down'
  | 'upstream-unavailable'
  | 'upstream-failed'
  | 'timeout'
  | 'abandoned'
  | 'internal'

export interface FailureDetails {
  /** For the log only; never sent to the caller. */
  readonly cause?: unknown
  /** The path of the field at fault in the caller's own spelling, such as `messages[0].content`. */
  readonly field?: string
  /** Seconds after which asking again makes sense. */
  readonly retryAfterSeconds?: number
  readonly overflow?: Overflow
  /** What is left of the limits that refused. */
  readonly rate?: RateState
  /** The methods that there are where another one was used. */
  readonly allow?: readonly string[]
}

/** By how much a prompt is too long, in tokens; `promptTokens` is not there where nobody could count. */
export interface Overflow {
  readonly contextWindow: number
  readonly promptTokens?: number | undefined
  /** The most that leaves room for a reply, where the prompt alone would be within the context window. */
  readonly promptMax?: number | undefined
}

/**
 * A failure with two audiences: the message is one sentence for the caller and never holds an upstream's text, a key
 * or the caller's own input at length; the cause is for the log.
 */
export class GatewayError extends Error {
  readonly kind: FailureKind
  readonly field: string | undefined
  readonly retryAfterSeconds: number | undefined
  /** With `context-overflow` only. */
  readonly overflow: Overflow | undefined
  /** With `rate-limited` only. */
  readonly rate: RateState | undefined
  /** With `wrong-method` only. */
  readonly allow: readonly string[] | undefined

  constructor(kind: FailureKind, message: string, details: FailureDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'GatewayError'
    this.kind = kind
    this.field = details.field
    this.retryAfterSeconds = details.retryAfterSeconds
    this.overflow = details.overflow
    this.rate = details.rate
    this.allow = details.allow
  }

  /** Whatever was thrown, as a GatewayError; what nobody foresaw becomes `internal` with the original as its cause. */
  static from(thrown: unknown): GatewayError {
    if (thrown instanceof GatewayError) return thrown
    return new GatewayError('internal', 'The gateway met an error of its own.', { cause: thrown })
  }
}
