import type { FinishReason, TokenUsage } from '../../chat/chat-event.ts'
import type { Answer } from '../dialect.ts'
import type { ResponsesEcho } from './echo.ts'
import { responseId } from './item-ids.ts'
import type { OutputItem } from './output-items.ts'

/** How an answer stands. */
export interface Standing {
  readonly status: 'in_progress' | 'completed' | 'incomplete' | 'failed'
  readonly output: readonly OutputItem[]
  /** Null only while the answer is being made. */
  readonly usage: TokenUsage | null
  readonly finish?: FinishReason | undefined
  readonly error?: { readonly code: string; readonly message: string } | undefined
  /** Unix seconds. */
  readonly completedAt?: number | undefined
}

/** A response as the API tells it, JSON text; every field is there, because strict clients want them all. */
export function encodeResponse({ echo, model }: Answer<ResponsesEcho>, standing: Standing): string {
  return JSON.stringify({
    id: responseId(echo.token),
    object: 'response',
    created_at: echo.createdAt,
    completed_at: standing.completedAt ?? null,
    status: standing.status,
    background: false,
    error: standing.error ?? null,
    incomplete_details: standing.status === 'incomplete' ? { reason: incompleteReason(standing.finish) } : null,
    model,
    output: standing.output,
    ...echo.repeated,
    usage: standing.usage === null ? null : encodeUsage(standing.usage),
  })
}

export function isCut(finish: FinishReason | undefined): boolean {
  return finish === 'length' || finish === 'content-filter'
}

function incompleteReason(finish: FinishReason | undefined): string {
  return finish === 'content-filter' ? 'content_filter' : 'max_output_tokens'
}

function encodeUsage({ promptTokens, cachedTokens, completionTokens, reasoningTokens }: TokenUsage): object {
  return {
    input_tokens: promptTokens,
    input_tokens_details: { cached_tokens: cachedTokens, cache_write_tokens: 0 },
    output_tokens: completionTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: promptTokens + completionTokens,
  }
}
