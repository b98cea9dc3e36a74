import * as z from 'zod'
import { maxTokensSchema, temperatureSchema } from '../../chat/bounds.ts'

/** The owner's first contract: a prompt in, a text out. Fields that are not named here are dropped. */
export const wireRequestSchema = z.object({
  prompt: z.string().min(1),
  system_prompt: z.string().nullish(),
  temperature: temperatureSchema.nullish(),
  max_tokens: maxTokensSchema.nullish(),
  enable_thinking: z.boolean().nullish(),
  stream: z.boolean().nullish(),
})
