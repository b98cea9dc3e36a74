import type { ChatPolicy } from '../chat/chat-policy.ts'
import type { ServiceKind } from '../chat/services.ts'

/** What a caller is told of a model that it may use. */
export interface ModelCard {
  /** The name to ask for: the service's name, an alias, or whatever the caller looked up. */
  readonly id: string
  /** The service's name. */
  readonly name: string
  /** The service's other names; those with a `*` are patterns. */
  readonly aliases: readonly string[]
  /** Prompt and reply together, in tokens; null where the model has none, and while its server has not told it. */
  readonly contextWindow: number | null
  readonly kind: ServiceKind
  /** Of models that chat. */
  readonly policy?: ChatPolicy | undefined
  /** Unix seconds. */
  readonly created: number
}
