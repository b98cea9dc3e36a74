import * as z from 'zod'
import type { ToldError, ToldUsage } from '../story.ts'

/** What OpenAI's Chat Completions and the owner's first contract have in common. */

export const usage = z.strictObject({
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  total_tokens: z.int(),
  prompt_tokens_details: z.strictObject({ cached_tokens: z.int() }),
  completion_tokens_details: z.strictObject({ reasoning_tokens: z.int() }),
})

export function toldUsage(found: z.infer<typeof usage>): ToldUsage {
  if (found.total_tokens !== found.prompt_tokens + found.completion_tokens) throw new Error('The total is no sum.')
  return {
    prompt: found.prompt_tokens,
    cached: found.prompt_tokens_details.cached_tokens,
    completion: found.completion_tokens,
    reasoning: found.completion_tokens_details.reasoning_tokens,
  }
}

export const error = z.strictObject({
  message: z.string().min(1),
  type: z.string(),
  param: z.string().nullable(),
  code: z.string().nullable(),
})

const errorBody = z.strictObject({ error })

export function toldError({ message, type, param, code }: z.infer<typeof error>): ToldError {
  return { word: `${type} / ${code}`, message, field: param }
}

export function readError(text: string): ToldError {
  return toldError(errorBody.parse(JSON.parse(text)).error)
}

/** Arguments are text of JSON, unless the answer was cut in their middle or the model made a mistake: they are null then. */
export function parseArguments(json: string): unknown {
  if (!endsAsJson(json)) return null
  const args: unknown = JSON.parse(json)
  if (typeof args !== 'object' || args === null) throw new Error(`Arguments are no object: ${json}`)
  return args
}

function endsAsJson(json: string): boolean {
  try {
    JSON.parse(json)
    return true
  } catch {
    return false
  }
}
