import type { FinishReason, TokenUsage } from '../../chat/chat-event.ts'
import type { Answer } from '../dialect.ts'
import type { MessagesEcho } from './decode-request.ts'
import { messageId } from './names.ts'

/** A message's head, the same whole and streamed. */
export function messageHead({ requestId, model }: Answer<MessagesEcho>) {
  return { id: messageId(requestId), type: 'message', role: 'assistant', model } as const
}

/** Usage as Anthropic spells it: tokens from the prefix cache are not among `input_tokens`. All are numbers, never null. */
export function messagesUsage({ promptTokens, cachedTokens, completionTokens, reasoningTokens }: TokenUsage) {
  return {
    ...promptUsage(promptTokens, cachedTokens),
    output_tokens: completionTokens,
    output_tokens_details: { thinking_tokens: reasoningTokens },
  }
}

export function promptUsage(promptTokens: number, cachedTokens: number) {
  return {
    input_tokens: Math.max(0, promptTokens - cachedTokens),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cachedTokens,
  }
}

export interface Ending {
  readonly reason: FinishReason
  readonly stopString: string | null
  /**
   * True where a call's arguments were not whole, which counts as a cut by length, whatever it came of: the client gets an
   * object, and must not take it for what the model meant.
   */
  readonly hasCutCall: boolean
}

const stopReasons = {
  stop: 'end_turn',
  'stop-string': 'stop_sequence',
  'tool-calls': 'tool_use',
  length: 'max_tokens',
  'content-filter': 'refusal',
} satisfies Record<FinishReason, string>

/** An answer that was cut before the tokens that were asked for has met the end of the context window. */
export function endingFields(
  { reason, stopString, hasCutCall }: Ending,
  usage: TokenUsage,
  { maxTokens }: MessagesEcho,
): { stop_reason: string; stop_sequence: string | null } {
  const metWindow = reason === 'length' && !hasCutCall && usage.completionTokens < maxTokens
  return {
    stop_reason: metWindow ? 'model_context_window_exceeded' : stopReasons[hasCutCall ? 'length' : reason],
    stop_sequence: reason === 'stop-string' ? stopString : null,
  }
}
