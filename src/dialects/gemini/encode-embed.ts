import type { EmbeddingsReply } from '../../embeddings/embeddings-request.ts'
import type { EmbeddingsAnswer } from '../embeddings-codec.ts'
import { listed, vectorJson } from '../vector-text.ts'
import type { EmbedEcho } from './decode-embed.ts'

export function* encodeEmbed(
  { vectors, promptTokens }: EmbeddingsReply,
  { echo: { isBatch } }: EmbeddingsAnswer<EmbedEcho>,
): Iterable<string> {
  const embeddings = vectors.values().map((vector) => `{"values":${vectorJson(vector)}}`)
  const usage = `"usageMetadata":{"promptTokenCount":${promptTokens}}`
  yield isBatch ? '{"embeddings":[' : '{"embedding":'
  yield* listed(embeddings)
  yield `${isBatch ? ']' : ''},${usage}}`
}
