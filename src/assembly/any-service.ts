import type { AnyService } from '../http/any-service.ts'
import type { ServiceSettings } from '../settings/settings.ts'
import { assembleChatService } from './chat-service.ts'
import { assembleEmbeddingsService } from './embeddings-service.ts'
import type { Assembled, ServiceParts } from './service-parts.ts'
import { assembleTranscriptionService } from './transcription-service.ts'

/** Puts a service together from the rooms that its kind needs. */
export function assembleService(settings: ServiceSettings, parts: ServiceParts): Assembled<AnyService> {
  switch (settings.kind) {
    case 'chat':
      return assembleChatService(settings, parts)
    case 'transcription':
      return assembleTranscriptionService(settings, parts)
    case 'embeddings':
      return assembleEmbeddingsService(settings, parts)
    default:
      return settings satisfies never
  }
}
