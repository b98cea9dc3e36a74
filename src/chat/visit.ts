import type { Caller } from './caller.ts'
import type { ChatEvents, TokenUsage } from './chat-event.ts'
import type { GatewayError } from './gateway-error.ts'
import type { RateState } from './rate.ts'

/** One request on its way through the house: who asks what of which service, and the signal that ends it. */
export interface Visit {
  /** Made by the gateway at the door; the request's only identity, sent back as `x-request-id`. */
  readonly id: string
  readonly caller: Caller
  /** The service's name. */
  readonly service: string
  /** The person behind a key that several share, where the key is trusted to say so. */
  readonly endUser?: string | null
  /** True where the caller wants the answer in pieces. */
  readonly streamed: boolean
  /** Aborted when the caller leaves or the gateway ends the request. */
  readonly signal: AbortSignal
  /** Ends the request for a reason of the house's own, such as a deadline: aborts `signal` with it. */
  abort(reason: GatewayError): void
  readonly entry: Entry
  /** The model server that was asked last, without credentials, where its service has several. */
  upstream?: string
  /** Where its limits and credits let it in; whoever answers settles it. */
  allowance?: Allowance | undefined
}

/** A request that was let in by its limits and its credits. */
export interface Allowance {
  rate(): RateState
  /** Once; nothing where no model was reached. */
  settle(spent: Spending | undefined): void
  /** In its place: there was no room for it, and it counts as if it had never come. */
  cancel(): void
}

/** What a request counts as while its body is on its way, and nobody can tell yet what it asks for. */
export interface Hold {
  /** It counts by itself from now on, or has ended. May be called again. */
  release(): void
}

export type Outcome = 'completed' | 'failed' | 'abandoned'

/** What is known of a request at the door, for its account. */
export interface Opening {
  readonly id: string
  readonly keyId: string
  readonly keyName: string
  /** The person behind a key that several share, where it is known. */
  readonly endUser: string | null
  readonly service: string
  readonly dialect: string
  /** The route's pattern. */
  readonly route: string
  readonly streamed: boolean
  /** Milliseconds since 1970. */
  readonly startedAtMs: number
  readonly images: number
  readonly audioSeconds: number
}

/** Throws `overloaded` where requests that cannot be recorded are not to be served. */
export type OpenEntry = (opening: Opening) => Entry

/** The account of one request, filled in as it goes along. All times are milliseconds. */
export interface Entry {
  /** Notes how long the audio is, where that is not known at the door. */
  noteAudioSeconds(seconds: number): void
  /** Notes the reply limit that vLLM was given, in tokens. */
  noteMaxTokens(maxTokens: number): void
  /** The request got its place: the wait in the queue is over. */
  noteAdmitted(): void
  /** The model is asked now. `estimate` tells its prompt's tokens, should nobody count them. */
  noteAsked(estimate: () => number): void
  /** Reads what the account needs from a batch of events. */
  note(events: ChatEvents): void
  /** The newest cumulative count, also of a reply that was cut. */
  noteUsage(usage: TokenUsage): void
  /** Says how serving ended; only the first call counts. */
  settle(outcome: Outcome): void
  /**
   * Puts the account on record where it reached a model, once: to be waited for before the last byte of the answer
   * leaves, whatever the answer is. Never rejects.
   */
  record(status: number, failure?: GatewayError): Promise<void> | undefined
  readonly audioSeconds: number
  readonly maxTokens: number | undefined
  readonly outcome: Outcome | undefined
  readonly queueMs: number | undefined
  readonly firstTokenMs: number | undefined
  readonly usage: TokenUsage | undefined
  /** What is on record: all tokens, and their charge in micro-units; undefined where no model was reached. */
  readonly spent: Spending | undefined
}

export interface Spending {
  readonly tokens: number
  readonly charge: number
}
