import type { Hold } from '../chat/visit.ts'
import type { AudioHeader } from '../wire/audio-header.ts'
import type { TemporaryFile } from './temporary-file.ts'

/** Write down what is said, or say it in English. */
export type SpeechTask = 'transcribe' | 'translate'

/** What is asked of a speech model, whatever dialect it was asked in. */
export interface TranscriptionRequest {
  readonly task: SpeechTask
  readonly upload: Upload
  /** An ISO 639-1 code that the model knows; null where it is to find out. */
  readonly language: string | null
  /** What was said before, or how names are spelt. */
  readonly prompt: string | null
  readonly temperature: number | null
}

/** A file as it came from the client. */
export interface Upload {
  readonly file: TemporaryFile
  /** Where it stood in the request, in the caller's own spelling, such as `file`. */
  readonly field: string
  /** What the request counts as until its limits are asked. */
  readonly hold?: Hold | undefined
}

/** Audio in a file, and what its first bytes tell of it. */
export interface StoredAudio extends AudioHeader {
  readonly file: TemporaryFile
}

/** What a model server is asked: audio that it can decode. */
export interface ServerRequest extends Omit<TranscriptionRequest, 'upload'> {
  readonly audio: StoredAudio
  /** As in `Upload`. */
  readonly field: string
}
