import { invalidField } from '../../chat/describe-mismatch.ts'
import { GatewayError } from '../../chat/gateway-error.ts'
import { refuseFields } from '../../chat/refused-fields.ts'
import type { SpeechTask } from '../../speech/transcription-request.ts'
import { parseWire } from '../parse-wire.ts'
import type { DecodedSpeech, InlineSpeech, SpeechFields } from '../speech-dialect.ts'
import { decodeLanguage, promptLengthMax } from '../speech-fields.ts'
import { type TranscriptFormat, type WireRequest, wireJsonSchema, wireRequestSchema } from './wire-request.ts'

/** What the encoders need of the request. */
export interface SpeechEcho {
  readonly format: TranscriptFormat
  readonly words: boolean
  readonly segments: boolean
}

/** Without them the answer would lack what was asked for, without a word. */
const refused = [
  ['known_speaker_names', 'speakers are not told apart'],
  ['known_speaker_references', 'speakers are not told apart'],
  ['include', 'speech models here tell no log probabilities'],
  ['to_language', 'translations are into English'],
] as const

export function decodeRequest(fields: SpeechFields, task: SpeechTask): DecodedSpeech<SpeechEcho> {
  refuseFields(fields)
  for (const [field, reason] of refused) {
    if (fields[field] != null && fields[field] !== '') throw refusal(field, reason)
  }
  if (fields['response_format'] === 'diarized_json') throw refusal('response_format', 'speakers are not told apart')
  const wire = parseWire(wireRequestSchema, fields)
  const format = wire.response_format ?? 'json'
  return {
    wanted: {
      task,
      language: oneLanguage(wire),
      prompt: promptOf(wire),
      temperature: wire.temperature ?? null,
    },
    // Where the format is not one of pieces, OpenAI ignores it.
    streamed: wire.stream === true && (format === 'json' || format === 'text'),
    echo: { format, ...decodeGranularities(wire, format) },
  }
}

/** Whisper hears one language: of several that are expected, it finds out which. */
function oneLanguage({ language, languages }: WireRequest): string | null {
  const expected = (languages ?? []).map((each) => decodeLanguage(each, 'languages'))
  return decodeLanguage(language) ?? (expected.length === 1 ? (expected[0] ?? null) : null)
}

/** Whisper spells words as they stand in what was said before. */
function promptOf({ prompt, keywords }: WireRequest): string | null {
  const told = [prompt ?? '', (keywords ?? []).join(', ')].filter((text) => text !== '').join('\n')
  if (told.length > promptLengthMax) {
    throw invalidField('keywords', `${told.length} characters with the prompt`, `at most ${promptLengthMax}`)
  }
  return told === '' ? null : told
}

function decodeGranularities({ timestamp_granularities: wanted }: WireRequest, format: TranscriptFormat) {
  if (wanted == null || wanted.length === 0) return { words: false, segments: true }
  if (format !== 'verbose_json') {
    throw invalidField('timestamp_granularities', 'it with another format', 'it only together with "verbose_json"')
  }
  return { words: wanted.includes('word'), segments: wanted.includes('segment') }
}

function refusal(field: string, reason: string): GatewayError {
  return new GatewayError('unsupported-field', `\`${field}\` is not supported here: ${reason}.`, { field })
}

/** Open WebUI's other spelling. */
export function decodeJson(body: unknown): InlineSpeech {
  const { input_audio: audio, ...fields } = parseWire(wireJsonSchema, body)
  return { base64: audio.data, field: 'input_audio.data', fields }
}
