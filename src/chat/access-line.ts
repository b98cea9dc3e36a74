import type { TokenUsage } from './chat-event.ts'
import type { FailureKind } from './gateway-error.ts'
import type { Outcome } from './visit.ts'

/** What is logged of one request, at its end. Never a key, a prompt or a reply. Times are milliseconds. */
export interface AccessLine {
  readonly requestId: string
  /** The client's own `x-request-id`, for its correlation only. */
  readonly clientRequestId: string | string[] | undefined
  /** The key's name. */
  readonly key: string | undefined
  readonly service: string | undefined
  /** The model server that was asked last, where the service has several. */
  readonly upstream?: string | undefined
  readonly dialect: string | undefined
  readonly method: string
  readonly route: string
  readonly status: number
  readonly outcome: Outcome
  readonly failure: FailureKind | undefined
  readonly cause: unknown
  readonly usage: TokenUsage | undefined
  readonly maxTokens: number | undefined
  readonly queueMs: number | undefined
  readonly firstTokenMs: number | undefined
  readonly totalMs: number
}
