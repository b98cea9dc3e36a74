import * as z from 'zod'

/** One piece of a streamed answer, or a whole one, as vLLM sends it. Nulls stand for absent fields everywhere. */

const logprob = { token: z.string(), logprob: z.number(), bytes: z.array(z.int()).nullish() }

const toolCallDelta = z.object({
  index: z.int().nullish(),
  id: z.string().nullish(),
  function: z.object({ name: z.string().nullish(), arguments: z.string().nullish() }).nullish(),
})

/** A whole message has the same fields as a delta. */
const delta = z.object({
  content: z.string().nullish(),
  reasoning: z.string().nullish(),
  reasoning_content: z.string().nullish(),
  tool_calls: z.array(toolCallDelta).nullish(),
})

const choice = z.object({
  index: z.int(),
  delta: delta.nullish(),
  message: delta.nullish(),
  logprobs: z
    .object({
      content: z.array(z.object({ ...logprob, top_logprobs: z.array(z.object(logprob)).nullish() })).nullish(),
    })
    .nullish(),
  finish_reason: z.string().nullish(),
  stop_reason: z.union([z.string(), z.number()]).nullish(),
})

const usage = z.object({
  prompt_tokens: z.int().nullish(),
  completion_tokens: z.int().nullish(),
  prompt_tokens_details: z.object({ cached_tokens: z.int().nullish() }).nullish(),
  completion_tokens_details: z.object({ reasoning_tokens: z.int().nullish() }).nullish(),
})

const vllmErrorSchema = z.object({
  message: z.string().nullish(),
  type: z.string().nullish(),
  param: z.string().nullish(),
  code: z.union([z.int(), z.string()]).nullish(),
})

export const vllmChunkSchema = z.compile(
  z.object({
    created: z.int().nullish(),
    choices: z.array(choice).nullish(),
    usage: usage.nullish(),
    error: z.union([vllmErrorSchema, z.string()]).nullish(),
  }),
)

export type VllmChunk = z.infer<typeof vllmChunkSchema>
export type VllmChoice = NonNullable<VllmChunk['choices']>[number]
export type VllmDelta = z.infer<typeof delta>
export type VllmToolCallDelta = z.infer<typeof toolCallDelta>
export type VllmUsage = z.infer<typeof usage>
export type VllmError = z.infer<typeof vllmErrorSchema>
