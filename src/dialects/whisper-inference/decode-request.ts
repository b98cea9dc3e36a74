import { GatewayError } from '../../chat/gateway-error.ts'
import { parseWire } from '../parse-wire.ts'
import type { DecodedSpeech, SpeechFields } from '../speech-dialect.ts'
import { decodeLanguage } from '../speech-fields.ts'
import { type TranscriptFormat, wireRequestSchema } from './wire-request.ts'

/** What the encoder needs of the request. */
export interface InferenceEcho {
  readonly format: TranscriptFormat
}

/** What would make another answer of it; all else that whisper.cpp can be told is about how it works. */
const refused = new Map([
  ['offset_t', 'the whole file is transcribed'],
  ['offset_n', 'the whole file is transcribed'],
  ['duration', 'the whole file is transcribed'],
  ['diarize', 'speakers are not told apart'],
  ['tinydiarize', 'speakers are not told apart'],
  ['detect_language', 'the file is transcribed, which tells its language too'],
])

const saysNothing = new Set(['', '0', 'false', 'no'])

export function decodeRequest(fields: SpeechFields): DecodedSpeech<InferenceEcho> {
  for (const [field, value] of Object.entries(fields)) {
    const reason = refused.get(field)
    if (reason === undefined || saysNothing.has(String(value))) continue
    throw new GatewayError('unsupported-field', `\`${field}\` is not supported here: ${reason}.`, { field })
  }
  const wire = parseWire(wireRequestSchema, fields)
  return {
    wanted: {
      task: wire.translate === true ? 'translate' : 'transcribe',
      language: decodeLanguage(wire.language),
      prompt: wire.prompt ?? null,
      temperature: wire.temperature ?? null,
    },
    streamed: false,
    echo: { format: wire.response_format },
  }
}
