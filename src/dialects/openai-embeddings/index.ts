import { credentialsFrom } from '../credentials.ts'
import type { SpokenDialect } from '../dialect.ts'
import type { EmbeddingsCodec } from '../embeddings-codec.ts'
import { modelOf } from '../model-of.ts'
import { openaiRateHeaders } from '../openai-rate.ts'
import { decodeRequest, type EmbeddingsEcho } from './decode-request.ts'
import { encodeError } from './encode-error.ts'
import { encodeReply } from './encode-reply.ts'
import { shapes } from './shapes.ts'

const embeddings: EmbeddingsCodec<EmbeddingsEcho> = { decode: decodeRequest, encodeReply }

/** OpenAI's embeddings. */
export const openaiEmbeddings: SpokenDialect = {
  name: 'openai-embeddings',
  credentials: credentialsFrom('bearer'),
  // As for chat: some clients leave `/v1` out, some add it twice, and some hold a base address of Google's.
  routes: [{ path: '/embeddings', versions: ['/v1', '', '/v1/v1', '/v1beta/openai'], purpose: 'embed' }],
  modelOf: ({ body }) => modelOf(body),
  embeddings,
  shapes,
  encodeError,
  encodeRate: openaiRateHeaders,
}
