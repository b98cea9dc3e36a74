import type { EmbeddingsReply } from '../../embeddings/embeddings-request.ts'
import type { EmbeddingsAnswer } from '../embeddings-codec.ts'
import { listed, vectorBase64, vectorJson } from '../vector-text.ts'
import type { EmbeddingsEcho } from './decode-request.ts'

export function* encodeReply(
  { vectors, promptTokens }: EmbeddingsReply,
  { model, echo }: EmbeddingsAnswer<EmbeddingsEcho>,
): Iterable<string> {
  const encode = echo.base64 ? (vector: Float32Array) => `"${vectorBase64(vector)}"` : vectorJson
  const items = vectors
    .values()
    .map((vector, index) => `{"object":"embedding","index":${index},"embedding":${encode(vector)}}`)
  yield '{"object":"list","data":['
  yield* listed(items)
  const usage = { prompt_tokens: promptTokens, total_tokens: promptTokens }
  yield `],"model":${JSON.stringify(model)},"usage":${JSON.stringify(usage)}}`
}
