import * as z from 'zod'
import { parseEvent } from '../parse-event.ts'
import { contentPiece, type Finish, type Piece, usagePiece } from '../piece.ts'
import { throwToldFailure } from '../told-failure.ts'

const text = z.string().nullish()
const tokens = z.number().nullish()

const chunkSchema = z.object({
  choices: z
    .array(
      z.object({
        delta: z.object({ content: text, refusal: text, reasoning_content: text, reasoning: text }).nullish(),
        finish_reason: text,
      }),
    )
    .nullish(),
  usage: z
    .object({
      prompt_tokens: tokens,
      completion_tokens: tokens,
      prompt_tokens_details: z.object({ cached_tokens: tokens }).nullish(),
      completion_tokens_details: z.object({ reasoning_tokens: tokens }).nullish(),
    })
    .nullish(),
})

type Chunk = z.infer<typeof chunkSchema>

export function readEvent(event: unknown): Piece[] {
  throwToldFailure(event)
  const { choices, usage } = parseEvent(chunkSchema, event)
  const choice = choices?.[0]
  const { delta, finish_reason: finish } = choice ?? {}
  return [
    // Servers that send both say the same in both.
    ...contentPiece('thinking', delta?.reasoning_content ?? delta?.reasoning),
    ...contentPiece('text', delta?.content),
    ...contentPiece('text', delta?.refusal),
    ...(finish ? [{ type: 'finish', reason: finishOf(finish) } as const] : []),
    ...(usage ? usageOf(usage) : []),
  ]
}

function finishOf(reason: string): Finish {
  if (reason === 'length') return 'length'
  return reason === 'content_filter' ? 'filtered' : 'stop'
}

function usageOf(usage: NonNullable<Chunk['usage']>): Piece[] {
  return usagePiece({
    prompt: usage.prompt_tokens,
    cached: usage.prompt_tokens_details?.cached_tokens,
    output: usage.completion_tokens,
    thinking: usage.completion_tokens_details?.reasoning_tokens,
  })
}
