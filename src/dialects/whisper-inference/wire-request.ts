import * as z from 'zod'
import { formBoolean, formTemperature, formText, promptLengthMax } from '../speech-fields.ts'

const formats = ['json', 'text', 'srt', 'verbose_json', 'vtt'] as const

export const wireRequestSchema = z.object({
  language: formText(64),
  prompt: formText(promptLengthMax),
  // whisper.cpp takes every other word for `json`.
  response_format: z.enum(formats).catch('json'),
  temperature: formTemperature,
  translate: formBoolean,
})

export type TranscriptFormat = (typeof formats)[number]
