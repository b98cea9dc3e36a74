import * as z from 'zod'
import { parseEvent } from '../parse-event.ts'
import { contentPiece, type Finish, type Piece, usagePiece } from '../piece.ts'
import { throwToldFailure } from '../told-failure.ts'

const text = z.string().nullish()
const tokens = z.number().nullish()

const usageSchema = z
  .object({
    input_tokens: tokens,
    cache_read_input_tokens: tokens,
    cache_creation_input_tokens: tokens,
    output_tokens: tokens,
    output_tokens_details: z.object({ thinking_tokens: tokens }).nullish(),
  })
  .nullish()

/** `message_start` has a message, a block's deltas have text or thinking, `message_delta` has the end and the usage. */
const eventSchema = z.object({
  type: z.string(),
  message: z.object({ usage: usageSchema }).nullish(),
  delta: z.object({ text, thinking: text, stop_reason: text }).nullish(),
  usage: usageSchema,
})

export function readEvent(event: unknown): Piece[] {
  throwToldFailure(event)
  const { message, delta, usage } = parseEvent(eventSchema, event)
  return [
    ...contentPiece('thinking', delta?.thinking),
    ...contentPiece('text', delta?.text),
    ...usageOf(message?.usage ?? usage),
    ...(delta?.stop_reason ? [{ type: 'finish', reason: finishOf(delta.stop_reason) } as const] : []),
  ]
}

function finishOf(reason: string): Finish {
  if (reason === 'max_tokens' || reason === 'model_context_window_exceeded') return 'length'
  return reason === 'refusal' ? 'filtered' : 'stop'
}

/** What was cached is not part of `input_tokens`. */
function usageOf(usage: z.infer<typeof usageSchema>): Piece[] {
  if (!usage) return []
  const { input_tokens: input, cache_read_input_tokens: read, cache_creation_input_tokens: created } = usage
  return usagePiece({
    prompt: typeof input === 'number' ? input + (read ?? 0) + (created ?? 0) : undefined,
    cached: read,
    output: usage.output_tokens,
    thinking: usage.output_tokens_details?.thinking_tokens,
  })
}
