import { invalidField } from '../chat/describe-mismatch.ts'
import { GatewayError } from '../chat/gateway-error.ts'
import type { AudioHeader } from '../wire/audio-header.ts'
import type { AudioConverter } from './convert-audio.ts'
import { tooLong } from './inspect-upload.ts'
import type { StoredAudio } from './transcription-request.ts'
import { byteRate, wavHeaderBytes } from './wav-header.ts'

/** `auto`: what the model server cannot decode. */
type ConvertRule = 'auto' | 'always' | 'never'

export interface PlayableParts {
  readonly rule: ConvertRule
  readonly converter: AudioConverter
  /** Whether the model server can decode it by itself. */
  plays(audio: AudioHeader): boolean
  readonly secondsMax: number
}

/** Audio that the model server can decode; `made` where it is a file of its own, to be discarded. */
export interface Playable {
  readonly audio: StoredAudio
  readonly made: boolean
}

export type MakePlayable = (audio: StoredAudio, field: string, signal: AbortSignal) => Promise<Playable>

/**
 * Throws `unsupported-media-type` where there is no ffmpeg to convert with, and `invalid-request` for what is broken or too
 * long, naming the field.
 */
export function createMakePlayable({ rule, converter, plays, secondsMax }: PlayableParts): MakePlayable {
  function checkLength(seconds: number, field: string): void {
    if (seconds > secondsMax) throw tooLong(field, secondsMax)
  }

  async function convert(audio: StoredAudio, field: string, signal: AbortSignal): Promise<StoredAudio> {
    const file = await converter.convert(audio, signal)
    if (file === undefined) throw notDecoded(audio, field)
    try {
      const seconds = (file.bytes - wavHeaderBytes) / byteRate
      checkLength(seconds, field)
      return { format: 'wav', seconds, counted: true, file }
    } catch (thrown) {
      await file.discard()
      throw thrown
    }
  }

  /** Files claim what they like: only decoding tells how much a model would have to hear. */
  async function measure(audio: StoredAudio, field: string, signal: AbortSignal): Promise<StoredAudio> {
    const seconds = await converter.measure(audio, signal)
    if (seconds === undefined) throw notDecoded(audio, field)
    checkLength(seconds, field)
    return { ...audio, seconds, counted: true }
  }

  return async (audio, field, signal) => {
    const canConvert = rule !== 'never' && (await converter.available())
    if (canConvert && (rule === 'always' || !plays(audio))) {
      return { audio: await convert(audio, field, signal), made: true }
    }
    if (!plays(audio)) throw notPlayed(audio, field, plays)
    return { audio: canConvert && !audio.counted ? await measure(audio, field, signal) : audio, made: false }
  }
}

function notDecoded({ format }: AudioHeader, field: string): GatewayError {
  return invalidField(field, `${names[format]} that cannot be decoded`, 'whole audio')
}

const names = {
  wav: 'WAV',
  mp3: 'MP3',
  flac: 'FLAC',
  ogg: 'Ogg',
  m4a: 'M4A',
  webm: 'WebM',
} satisfies Record<AudioHeader['format'], string>

const kinds: readonly (Pick<AudioHeader, 'format' | 'codec'> & { readonly words: string })[] = [
  { format: 'wav', words: 'WAV' },
  { format: 'mp3', words: 'MP3' },
  { format: 'flac', words: 'FLAC' },
  { format: 'ogg', codec: 'vorbis', words: 'Ogg Vorbis' },
  { format: 'ogg', codec: 'opus', words: 'Ogg Opus' },
]

function notPlayed({ format, codec }: AudioHeader, field: string, plays: PlayableParts['plays']): GatewayError {
  const found = format === 'ogg' && codec === 'opus' ? 'Ogg Opus' : names[format]
  const playable = kinds.filter((kind) => plays({ ...kind, seconds: undefined, counted: false }))
  const wanted = playable.map(({ words }) => words).join(', ')
  const message = `\`${field}\`: found ${found}, which the model server cannot decode and the gateway cannot convert here; send one of ${wanted}.`
  return new GatewayError('unsupported-media-type', message, { field })
}
