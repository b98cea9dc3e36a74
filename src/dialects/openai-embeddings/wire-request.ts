import * as z from 'zod'

/** A model has no more numbers in a vector. */
const dimensionsMax = 65_536

/** Spellings of clients that also speak to other servers of embeddings. */
const truncation = z.enum(['NONE', 'none', 'END', 'end'])

/**
 * What OpenAI has, and how vLLM (`truncate_prompt_tokens`), Text Embeddings Inference and Cohere (`truncate`) are told to
 * cut. `input` is looked at by `decode-input`, because it may be millions of numbers. Other fields are dropped.
 */
export const wireRequestSchema = z.object({
  model: z.string().max(256).nullish(),
  input: z.unknown().optional(),
  encoding_format: z.enum(['float', 'base64']).nullish(),
  dimensions: z.int().min(1).max(dimensionsMax).nullish(),
  truncate_prompt_tokens: z.int().min(-1).max(10_000_000).nullish(),
  truncate: z.union([z.boolean(), truncation]).nullish(),
})

export type WireRequest = z.infer<typeof wireRequestSchema>
