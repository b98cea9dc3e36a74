import type { WireShapes } from '../dialect.ts'
import { openaiErrorShape } from '../openai-error-shape.ts'
import { formFile, formModel } from '../speech-fields.ts'
import { wireRequestSchema } from './wire-request.ts'

export const shapes: WireShapes = {
  request: {
    name: 'TranscriptionForm',
    schema: wireRequestSchema.extend({ file: formFile, model: formModel }),
    mediaType: 'multipart/form-data',
  },
  error: openaiErrorShape,
}
