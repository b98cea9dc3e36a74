import * as z from 'zod'
import { ClientError } from '../client-error.ts'
import { parseEvent } from '../parse-event.ts'
import { contentPiece, type Finish, type Piece, usagePiece } from '../piece.ts'
import { throwToldFailure } from '../told-failure.ts'
import { withoutControls } from '../without-controls.ts'

const text = z.string().nullish()
const tokens = z.number().nullish()

const chunkSchema = z.object({
  candidates: z
    .array(
      z.object({
        content: z.object({ parts: z.array(z.object({ text, thought: z.boolean().nullish() })).nullish() }).nullish(),
        finishReason: text,
      }),
    )
    .nullish(),
  promptFeedback: z.object({ blockReason: text }).nullish(),
  usageMetadata: z
    .object({
      promptTokenCount: tokens,
      cachedContentTokenCount: tokens,
      candidatesTokenCount: tokens,
      thoughtsTokenCount: tokens,
    })
    .nullish(),
})

type Chunk = z.infer<typeof chunkSchema>

export function readEvent(event: unknown): Piece[] {
  throwToldFailure(event)
  const { candidates, promptFeedback, usageMetadata } = parseEvent(chunkSchema, event)
  const blocked = promptFeedback?.blockReason
  if (blocked) throw new ClientError(`The server refuses the prompt: ${withoutControls(blocked)}.`)
  const candidate = candidates?.[0]
  const finish = candidate?.finishReason
  return [
    ...(candidate?.content?.parts ?? []).flatMap((part) => contentPiece(part.thought ? 'thinking' : 'text', part.text)),
    ...(usageMetadata ? usageOf(usageMetadata) : []),
    ...(finish ? [{ type: 'finish', reason: finishOf(finish) } as const] : []),
  ]
}

const filters = ['SAFETY', 'RECITATION', 'BLOCKLIST', 'PROHIBITED_CONTENT', 'SPII', 'LANGUAGE']

function finishOf(reason: string): Finish {
  if (reason === 'MAX_TOKENS') return 'length'
  return filters.includes(reason) ? 'filtered' : 'stop'
}

/** Thoughts are not part of `candidatesTokenCount`. */
function usageOf(usage: NonNullable<Chunk['usageMetadata']>): Piece[] {
  const { candidatesTokenCount: said, thoughtsTokenCount: thought } = usage
  const isCounted = typeof said === 'number' || typeof thought === 'number'
  return usagePiece({
    prompt: usage.promptTokenCount,
    cached: usage.cachedContentTokenCount,
    output: isCounted ? (said ?? 0) + (thought ?? 0) : undefined,
    thinking: thought,
  })
}
