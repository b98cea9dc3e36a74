import type { Form } from '../exchange/multipart.ts'
import { readSound, type Sound } from '../sound/read-sound.ts'
import { ffmpegFailed, invalidRequest, threw, WhisperError } from './whisper-error.ts'

export interface Inference {
  readonly format: string
  /** A code or a name in any case; `auto` and nothing at all are to be found out. */
  readonly language: string
  readonly task: 'transcribe' | 'translate'
  readonly prompt: string
  readonly temperature: number
  readonly timestamps: boolean
  readonly languageProbabilities: boolean
  /** The number before the first subtitle's. */
  readonly offset: number
  readonly seconds: number
}

/** Fields may come as files too, for whisper.cpp makes no difference. @throws WhisperError */
export function readInference(form: Form | undefined, convert: boolean): Inference {
  const field = fieldReader(form)
  const bytes = form?.files.find((file) => file.field === 'file')?.bytes ?? bytesOf(form?.fields.get('file'))
  if (bytes === undefined) throw new WhisperError(invalidRequest)
  return {
    format: field('response_format') ?? 'json',
    language: isTrue(field('detect_language')) ? 'auto' : (field('language') ?? 'en'),
    task: isTrue(field('translate')) ? 'translate' : 'transcribe',
    prompt: field('prompt') ?? '',
    temperature: number(field('temperature'), 'stof'),
    timestamps: !isTrue(field('no_timestamps')),
    languageProbabilities: !isTrue(field('no_language_probabilities')),
    offset: Math.trunc(number(field('offset_n'), 'stoi')),
    seconds: secondsOf(bytes, convert),
  }
}

function fieldReader(form: Form | undefined): (name: string) => string | undefined {
  return (name) => form?.fields.get(name) ?? form?.files.find(({ field }) => field === name)?.bytes.toString()
}

function bytesOf(text: string | undefined): Buffer | undefined {
  return text === undefined ? undefined : Buffer.from(text)
}

function isTrue(text: string | undefined): boolean {
  return ['true', '1', 'yes', 'y'].includes(text ?? '')
}

/** As C++ does it: the number that the text begins with. */
function number(text: string | undefined, parser: string): number {
  const found = Number.parseFloat(text ?? '0')
  if (Number.isNaN(found)) throw new WhisperError(threw(parser))
  return found
}

const decoded: ReadonlySet<Sound['format']> = new Set(['wav', 'mp3', 'flac', 'ogg-vorbis'])
/** Of sound whose length only a decoder could tell. */
const usualSeconds = 10

function secondsOf(bytes: Buffer, convert: boolean): number {
  const sound = readSound(bytes)
  if (sound === undefined && convert) throw new WhisperError(ffmpegFailed)
  if (sound === undefined || !(convert || decoded.has(sound.format))) throw new WhisperError(invalidRequest)
  return sound.seconds ?? usualSeconds
}
