import * as z from 'zod'
import type { NamedShape } from './dialect.ts'

/** What `openai-error` writes, for the description of the API. */
export const openaiErrorShape: NamedShape = {
  name: 'Error',
  schema: z.object({
    error: z.object({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable().describe('The field at fault.'),
      code: z.string().nullable(),
    }),
  }),
}
