import type { TokenUsage } from '../chat/chat-event.ts'

/** Usage as Chat Completions spells it; every number is there, never null. */
export function openaiUsage({ promptTokens, cachedTokens, completionTokens, reasoningTokens }: TokenUsage) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens },
    completion_tokens_details: { reasoning_tokens: reasoningTokens },
  }
}
