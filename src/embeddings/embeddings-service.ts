import type { Service } from '../chat/services.ts'
import type { ServeEmbeddings } from './serve-embeddings.ts'

/** What the owner says of a service's requests. */
export interface EmbeddingsPolicy {
  /** Inputs in one request. */
  readonly maxInputs: number
  /** What becomes of inputs that are too long, where the request does not say. */
  readonly overlong: 'refuse' | 'cut'
  /** The words that a model wants before an input, by what it is for. */
  readonly prompts: 'none' | 'embeddinggemma'
}

/** A service that makes vectors of text. */
export interface EmbeddingsService extends Service {
  readonly kind: 'embeddings'
  readonly policy: EmbeddingsPolicy
  readonly serveEmbeddings: ServeEmbeddings
}
