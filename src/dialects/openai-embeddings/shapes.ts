import * as z from 'zod'
import type { WireShapes } from '../dialect.ts'
import { openaiErrorShape } from '../openai-error-shape.ts'
import { wireRequestSchema } from './wire-request.ts'

const tokenIds = z.array(z.int().min(0)).min(1)
const input = z.union([z.string().min(1), z.array(z.string().min(1)).min(1), tokenIds, z.array(tokenIds).min(1)])

export const shapes: WireShapes = {
  request: { name: 'EmbeddingsRequest', schema: wireRequestSchema.extend({ input }) },
  error: openaiErrorShape,
}
