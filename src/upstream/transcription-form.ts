import type { ServerRequest, StoredAudio } from '../speech/transcription-request.ts'
import type { AudioHeader } from '../wire/audio-header.ts'
import { createMultipartForm, type MultipartForm } from '../wire/multipart-form.ts'

const mediaTypes = {
  wav: 'audio/wav',
  mp3: 'audio/mpeg',
  flac: 'audio/flac',
  ogg: 'audio/ogg',
  m4a: 'audio/mp4',
  webm: 'audio/webm',
} satisfies Record<AudioHeader['format'], string>

/** The kinds of server that write down what is said. */
export type SpeechServerKind = 'whisper.cpp' | 'vllm'

/** How one kind of server is asked. */
export interface SpeechServerForm {
  readonly path: string
  readonly form: MultipartForm
}

/** Always for the whole of what the server can tell: every format is written here. */
export function whisperForm(request: ServerRequest): SpeechServerForm {
  const fields: [string, string][] = [
    ['response_format', 'verbose_json'],
    // Its own default is English.
    ['language', request.language ?? 'auto'],
    ['translate', String(request.task === 'translate')],
    // They take another run of the encoder.
    ['no_language_probabilities', 'true'],
    ...commonFields(request),
  ]
  return { path: '/inference', form: createMultipartForm(fields, fileOf(request.audio)) }
}

/** `verbose` where the model tells segments, which not all do. */
export function vllmForm(request: ServerRequest, model: string, verbose: boolean): SpeechServerForm {
  const isTranslation = request.task === 'translate'
  const fields: [string, string][] = [
    ['model', model],
    ['response_format', verbose ? 'verbose_json' : 'json'],
    ...commonFields(request),
  ]
  if (request.language !== null) fields.push(['language', request.language])
  if (verbose && !isTranslation) fields.push(['timestamp_granularities[]', 'segment'])
  const path = isTranslation ? '/v1/audio/translations' : '/v1/audio/transcriptions'
  return { path, form: createMultipartForm(fields, fileOf(request.audio)) }
}

function commonFields({ prompt, temperature }: ServerRequest): [string, string][] {
  const fields: [string, string][] = []
  if (prompt !== null) fields.push(['prompt', prompt])
  if (temperature !== null) fields.push(['temperature', String(temperature)])
  return fields
}

function fileOf({ file, format }: StoredAudio) {
  return {
    name: 'file',
    fileName: `audio.${format}`,
    contentType: mediaTypes[format],
    bytes: file.bytes,
    pieces: () => file.pieces(),
  }
}

/** What each decodes by itself; whisper.cpp without its own `--convert`. */
export function decodes(kind: SpeechServerKind | undefined, { format, codec }: AudioHeader): boolean {
  if (format === 'ogg') return codec === 'vorbis' || kind === 'vllm'
  return format === 'wav' || format === 'mp3' || format === 'flac'
}
