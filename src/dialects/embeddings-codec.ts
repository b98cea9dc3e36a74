import type { EmbeddingsReply, EmbeddingsRequest } from '../embeddings/embeddings-request.ts'
import type { EmbeddingsPolicy } from '../embeddings/embeddings-service.ts'
import type { Asked } from './dialect.ts'

/** How vectors are asked for and told in a dialect. Decoding throws GatewayError; encoders are pure. */
export interface EmbeddingsCodec<Echo = unknown> {
  decode(asked: Asked, policy: EmbeddingsPolicy): DecodedEmbeddings<Echo>
  /** JSON text in pieces, each of which takes no more time than a vector's: a reply may have millions of numbers. */
  encodeReply(reply: EmbeddingsReply, answer: EmbeddingsAnswer<Echo>): Iterable<string>
}

export interface DecodedEmbeddings<Echo> {
  readonly request: EmbeddingsRequest
  /** What only the encoder needs of the request. */
  readonly echo: Echo
}

export interface EmbeddingsAnswer<Echo> {
  readonly echo: Echo
  /** The model as the caller named it, or the service's name. */
  readonly model: string
}
