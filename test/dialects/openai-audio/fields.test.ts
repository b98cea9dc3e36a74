import type { TranscriptionCreateParams, TranslationCreateParams } from 'openai/resources/audio'
import { expect, test } from 'vitest'
import { readFieldRows } from '../field-rows.ts'
import { walkFormFields } from '../walk-form-fields.ts'

walkFormFields({ dialect: 'openai-audio', path: '/v1/audio/transcriptions' })

/** Does not compile when the SDK learns another field. */
const known = {
  chunking_strategy: true,
  file: true,
  include: true,
  known_speaker_names: true,
  known_speaker_references: true,
  keywords: true,
  language: true,
  languages: true,
  model: true,
  prompt: true,
  response_format: true,
  stream: true,
  temperature: true,
  timestamp_granularities: true,
} satisfies Record<keyof TranscriptionCreateParams | keyof TranslationCreateParams, true>

test('the table holds every field that the SDK has', () => {
  const fields = new Set(readFieldRows('openai-audio').map(({ field }) => field))
  expect(Object.keys(known).filter((field) => !fields.has(field))).toEqual(['file'])
})
