import type { ChatPolicy } from '../chat/chat-policy.ts'

/** What a caller is told of a model that it may use. */
export interface ModelCard {
  /** The name to ask for: the service's name, an alias, or whatever the caller looked up. */
  readonly id: string
  /** The service's name. */
  readonly name: string
  /** The service's other names; those with a `*` are patterns. */
  readonly aliases: readonly string[]
  /** Prompt and reply together, in tokens; null while the model server has not told it. */
  readonly contextWindow: number | null
  readonly policy: ChatPolicy
  /** Unix seconds. */
  readonly created: number
}
