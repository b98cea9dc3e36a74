/** Token counts of one request, as vLLM reports them; never null. */
export interface TokenUsage {
  readonly promptTokens: number
  /** Part of `promptTokens` that came from the prefix cache. */
  readonly cachedTokens: number
  /** Everything generated, reasoning included. */
  readonly completionTokens: number
  readonly reasoningTokens: number
  /** The model server told only what it was for several requests together. */
  readonly estimated?: boolean
}

/** What several answers to one request took together. */
export function addUsage(left: TokenUsage | undefined, right: TokenUsage): TokenUsage {
  if (left === undefined) return right
  return {
    promptTokens: left.promptTokens + right.promptTokens,
    cachedTokens: left.cachedTokens + right.cachedTokens,
    completionTokens: left.completionTokens + right.completionTokens,
    reasoningTokens: left.reasoningTokens + right.reasoningTokens,
  }
}

/** One generated token's log probabilities, in the Chat Completions shape, which vLLM speaks too. */
export interface TokenLogprob {
  readonly token: string
  readonly logprob: number
  readonly bytes: readonly number[] | null
  readonly top_logprobs: readonly {
    readonly token: string
    readonly logprob: number
    readonly bytes: readonly number[] | null
  }[]
}

/** Why a choice ended. `stop-string` is a stop that one of the caller's own strings caused. */
export type FinishReason = 'stop' | 'stop-string' | 'tool-calls' | 'length' | 'content-filter'

/**
 * A reply in pieces. Within one choice blocks never overlap: a `-start` opens one, `-end` closes it before the next
 * opens. Every choice ends with exactly one `finish`. `usage` comes once, last. A failure is thrown, never an event.
 */
export type ChatEvent =
  /** The counts are those of the first chunk, where it has any. */
  | {
      readonly type: 'start'
      readonly created: number
      readonly promptTokens?: number
      readonly cachedTokens?: number
    }
  | { readonly type: 'reasoning-start'; readonly choice: number }
  | { readonly type: 'reasoning-delta'; readonly choice: number; readonly text: string }
  | { readonly type: 'reasoning-end'; readonly choice: number }
  | { readonly type: 'text-start'; readonly choice: number }
  | { readonly type: 'text-delta'; readonly choice: number; readonly text: string }
  | { readonly type: 'text-end'; readonly choice: number }
  /** `index` counts the tool calls of a choice from 0. */
  | {
      readonly type: 'tool-call-start'
      readonly choice: number
      readonly index: number
      readonly id: string
      readonly name: string
    }
  | { readonly type: 'tool-call-delta'; readonly choice: number; readonly index: number; readonly json: string }
  /**
   * `complete` is false where the arguments do not parse as a JSON object: because they were cut, which the finish `length`
   * tells, or because the model wrote them so.
   */
  | { readonly type: 'tool-call-end'; readonly choice: number; readonly index: number; readonly complete: boolean }
  /** Comes just before the delta or the finish that the tokens belong to. */
  | { readonly type: 'logprobs'; readonly choice: number; readonly tokens: readonly TokenLogprob[] }
  | {
      readonly type: 'finish'
      readonly choice: number
      readonly reason: FinishReason
      readonly stopString: string | null
    }
  | { readonly type: 'usage'; readonly usage: TokenUsage }

/** Events that arrived together and may leave together. */
export type ChatEvents = readonly ChatEvent[]
