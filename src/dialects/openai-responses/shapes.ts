import * as z from 'zod'
import { bounds } from '../../chat/bounds.ts'
import type { WireShapes } from '../dialect.ts'
import { openaiErrorShape } from '../openai-error-shape.ts'
import { wireRequestSchema } from './wire-request.ts'

const typed = z.looseObject({ type: z.string() })

/** As clients spell it: what `normalise-request` brings into one form may come in several, and with items of any type. */
const request = z.object({
  ...wireRequestSchema.shape,
  input: z
    .union([z.string(), z.array(z.looseObject({ type: z.string().nullish() })).max(bounds.messages)])
    .nullish()
    .describe("A prompt, or a conversation's items."),
  tools: z.array(typed).max(bounds.tools).nullish().describe('Those that the gateway cannot run are left out.'),
  tool_choice: z.union([z.enum(['none', 'auto', 'required']), typed]).nullish(),
})

export const shapes: WireShapes = {
  request: { name: 'ResponsesRequest', schema: request },
  error: openaiErrorShape,
}
