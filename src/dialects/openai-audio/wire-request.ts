import * as z from 'zod'
import { formBoolean, formTemperature, formText, promptLengthMax, unlessEmpty } from '../speech-fields.ts'

const formats = ['json', 'text', 'srt', 'verbose_json', 'vtt'] as const
const granularities = ['word', 'segment'] as const

const granularity = z.enum(granularities)
/** In a form, a list of one is no list. */
const words = z
  .union([
    z
      .string()
      .max(256)
      .transform((one) => [one]),
    z.array(z.string().max(256)).max(100),
  ])
  .nullish()

export const wireRequestSchema = z.object({
  language: formText(64),
  languages: words,
  keywords: words,
  prompt: formText(promptLengthMax),
  response_format: unlessEmpty(z.enum(formats)),
  temperature: formTemperature,
  stream: formBoolean,
  timestamp_granularities: z.union([granularity.transform((one) => [one]), z.array(granularity).max(8)]).nullish(),
})

export type WireRequest = z.output<typeof wireRequestSchema>
export type TranscriptFormat = (typeof formats)[number]

/** The other spelling, with the audio inside. What format it is said to be counts for nothing: its bytes tell. */
export const wireJsonSchema = z.looseObject({ input_audio: z.object({ data: z.string() }) })
