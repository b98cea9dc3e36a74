import type { ChatService } from '../chat/services.ts'
import type { EmbeddingsService } from '../embeddings/embeddings-service.ts'
import type { TranscriptionService } from '../speech/transcription-service.ts'

/** A service of any of the kinds that the door has routes for. */
export type AnyService = ChatService | EmbeddingsService | TranscriptionService
