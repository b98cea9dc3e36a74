import * as z from 'zod'
import type { ReadEvent } from '../client-dialect.ts'
import { ClientError } from '../client-error.ts'
import { parseEvent } from '../parse-event.ts'
import { contentPiece, type Finish, type Piece, usagePiece } from '../piece.ts'
import { throwToldFailure, toldFailure } from '../told-failure.ts'

const tokens = z.number().nullish()

const responseSchema = z.object({
  incomplete_details: z.object({ reason: z.string().nullish() }).nullish(),
  usage: z
    .object({
      input_tokens: tokens,
      input_tokens_details: z.object({ cached_tokens: tokens }).nullish(),
      output_tokens: tokens,
      output_tokens_details: z.object({ reasoning_tokens: tokens }).nullish(),
    })
    .nullish(),
})

const eventSchema = z.object({
  type: z.string(),
  delta: z.string().nullish(),
  summary_index: z.number().nullish(),
  response: z.unknown().optional(),
})

type Event = z.infer<typeof eventSchema>

const thinkingTypes = ['response.reasoning_text.delta', 'response.reasoning_summary_text.delta']

export function openReader(): ReadEvent {
  // A server may tell the thinking and its summary; the kind that comes first is shown.
  let thinkingType: string | undefined
  let summaryIndex = 0

  function readThinking({ type, delta, summary_index: index }: Event): Piece[] {
    thinkingType ??= type
    if (type !== thinkingType) return []
    const isNext = typeof index === 'number' && index > summaryIndex
    summaryIndex = index ?? summaryIndex
    return contentPiece('thinking', isNext ? `\n\n${delta ?? ''}` : delta)
  }

  return (raw) => {
    const event = parseEvent(eventSchema, raw)
    return thinkingTypes.includes(event.type) ? readThinking(event) : readOther(event, raw)
  }
}

function readOther({ type, delta, response }: Event, raw: unknown): Piece[] {
  switch (type) {
    case 'response.output_text.delta':
    case 'response.refusal.delta':
      return contentPiece('text', delta)
    case 'response.completed':
    case 'response.incomplete':
      return readEnd(response)
    case 'response.failed':
      throwToldFailure(response)
      throw new ClientError('The server failed, and does not say how.')
    case 'error':
      throw new ClientError(`The server failed: ${toldFailure(raw) ?? 'it does not say how.'}`)
    default:
      return []
  }
}

function readEnd(response: unknown): Piece[] {
  const { usage, incomplete_details: incomplete } = parseEvent(responseSchema, response)
  return [
    ...usagePiece({
      prompt: usage?.input_tokens,
      cached: usage?.input_tokens_details?.cached_tokens,
      output: usage?.output_tokens,
      thinking: usage?.output_tokens_details?.reasoning_tokens,
    }),
    { type: 'finish', reason: finishOf(incomplete?.reason) },
  ]
}

function finishOf(reason: string | null | undefined): Finish {
  if (reason === 'max_output_tokens') return 'length'
  return reason === 'content_filter' ? 'filtered' : 'stop'
}
