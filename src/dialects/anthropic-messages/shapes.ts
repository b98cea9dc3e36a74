import * as z from 'zod'
import type { WireShapes } from '../dialect.ts'
import { wireRequestSchema } from './wire-request.ts'

const error = z.object({
  type: z.literal('error'),
  error: z.object({ type: z.string(), message: z.string() }),
  request_id: z.string(),
})

export const shapes: WireShapes = {
  request: { name: 'MessagesRequest', schema: wireRequestSchema },
  error: { name: 'MessagesError', schema: error },
}
