import type { WireShapes } from '../dialect.ts'
import { openaiErrorShape } from '../openai-error-shape.ts'
import { wireRequestSchema } from './wire-request.ts'

export const shapes: WireShapes = {
  request: { name: 'ChatRequest', schema: wireRequestSchema },
  error: openaiErrorShape,
}
