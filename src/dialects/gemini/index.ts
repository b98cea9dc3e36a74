import { credentialsFrom } from '../credentials.ts'
import type { Dialect } from '../dialect.ts'
import type { EmbeddingsCodec } from '../embeddings-codec.ts'
import { openaiRateHeaders } from '../openai-rate.ts'
import { claims } from './claims.ts'
import { decodeEmbed, type EmbedEcho } from './decode-embed.ts'
import { decodeCount, decodeRequest, type GeminiEcho } from './decode-request.ts'
import { encodeEmbed } from './encode-embed.ts'
import { encodeError } from './encode-error.ts'
import { openStream } from './encode-events.ts'
import { encodeModels } from './encode-models.ts'
import { encodeReply } from './encode-reply.ts'
import { methods, modelOfPath, purposeOf } from './read-path.ts'
import { shapes } from './shapes.ts'

const versions = ['/v1beta', '/v1', '/v1alpha', ''] as const

const embeddings: EmbeddingsCodec<EmbedEcho> = { decode: decodeEmbed, encodeReply: encodeEmbed }

/** Google's Gemini API. */
export const gemini: Dialect<GeminiEcho> = {
  name: 'gemini',
  claims,
  credentials: credentialsFrom('x-goog-api-key', 'query-key', 'bearer'),
  routes: [
    {
      path: '/models/*',
      versions,
      purpose: purposeOf,
      shown: methods.map((method) => `/v1beta/models/{model}:${method}`),
    },
    { path: '/tunedModels/*', versions, purpose: purposeOf, shown: ['/v1beta/tunedModels/{model}:generateContent'] },
  ],
  modelOf: modelOfPath,
  decode: decodeRequest,
  encodeReply,
  openStream,
  shapes,
  encodeError,
  encodeRate: openaiRateHeaders,
  countTokens: { decode: decodeCount, encode: encodeCount },
  models: encodeModels,
  embeddings,
}

function encodeCount(tokens: number): string {
  return JSON.stringify({ totalTokens: tokens, promptTokensDetails: [{ modality: 'TEXT', tokenCount: tokens }] })
}
