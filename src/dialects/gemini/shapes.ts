import * as z from 'zod'
import type { WireShapes } from '../dialect.ts'
import { wireEmbedSchema } from './wire-embed.ts'
import { wireRequestSchema, wrappedRequestSchema } from './wire-request.ts'

const error = z.object({
  error: z.object({
    code: z.int(),
    message: z.string(),
    status: z.string(),
    details: z.array(z.looseObject({ '@type': z.string() })).optional(),
  }),
})

const request = z.union([
  wireRequestSchema,
  wrappedRequestSchema.describe('For `:countTokens` alone, which takes both forms.'),
  wireEmbedSchema.describe('For `:embedContent` alone.'),
  z.object({ requests: z.array(wireEmbedSchema).min(1) }).describe('For `:batchEmbedContents` alone.'),
])

export const shapes: WireShapes = {
  request: { name: 'GenerateContentRequest', schema: request },
  error: { name: 'GenerateContentError', schema: error },
}
