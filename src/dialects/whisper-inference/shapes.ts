import * as z from 'zod'
import type { WireShapes } from '../dialect.ts'
import { formFile, formModel } from '../speech-fields.ts'
import { wireRequestSchema } from './wire-request.ts'

export const shapes: WireShapes = {
  request: {
    name: 'InferenceForm',
    schema: wireRequestSchema.extend({ file: formFile, model: formModel }),
    mediaType: 'multipart/form-data',
  },
  error: { name: 'InferenceError', schema: z.object({ error: z.string() }) },
}
