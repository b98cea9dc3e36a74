import type { Service } from '../chat/services.ts'
import type { ServeTranscription } from './serve-transcription.ts'
import type { TemporaryFolder } from './temporary-file.ts'

/** A service that writes down what is said. */
export interface TranscriptionService extends Service {
  readonly kind: 'transcription'
  /** Of one upload. */
  readonly uploadMaxBytes: number
  /** Where uploads are kept while they are worked on. */
  readonly uploads: TemporaryFolder
  readonly serveTranscription: ServeTranscription
}
