import { credentialsFrom } from '../credentials.ts'
import type { Dialect } from '../dialect.ts'
import { modelOf } from '../model-of.ts'
import { claims } from './claims.ts'
import { decodeCount, decodeRequest, type MessagesEcho } from './decode-request.ts'
import { encodeError } from './encode-error.ts'
import { openStream } from './encode-events.ts'
import { encodeModels } from './encode-models.ts'
import { encodeRate } from './encode-rate.ts'
import { encodeReply } from './encode-reply.ts'
import { shapes } from './shapes.ts'

// Some clients leave `/v1` out, and some add it twice.
const versions = ['/v1', '', '/v1/v1'] as const

/** Anthropic Messages. */
export const anthropicMessages: Dialect<MessagesEcho> = {
  name: 'anthropic-messages',
  claims,
  credentials: credentialsFrom('x-api-key', 'bearer'),
  routes: [
    { path: '/messages', versions, purpose: 'answer' },
    { path: '/messages/count_tokens', versions, purpose: 'count-tokens' },
  ],
  modelOf: ({ body }) => modelOf(body),
  decode: ({ body }, context) => decodeRequest(body, context),
  encodeReply,
  openStream,
  shapes,
  encodeError,
  encodeRate,
  requestIdHeader: 'request-id',
  countTokens: {
    decode: ({ body }, context) => decodeCount(body, context),
    encode: (tokens) => JSON.stringify({ input_tokens: tokens }),
  },
  models: encodeModels,
}
