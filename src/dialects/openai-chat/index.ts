import { credentialsFrom } from '../credentials.ts'
import type { Dialect } from '../dialect.ts'
import { modelOf } from '../model-of.ts'
import { openaiRateHeaders } from '../openai-rate.ts'
import { type ChatEcho, decodeRequest } from './decode-request.ts'
import { encodeError } from './encode-error.ts'
import { openStream } from './encode-events.ts'
import { encodeModels } from './encode-models.ts'
import { encodeReply } from './encode-reply.ts'
import { shapes } from './shapes.ts'

/** OpenAI Chat Completions. */
export const openaiChat: Dialect<ChatEcho> = {
  name: 'openai-chat',
  credentials: credentialsFrom('bearer'),
  // Some clients leave `/v1` out, some add it twice, and some hold a base address of Google's.
  routes: [{ path: '/chat/completions', versions: ['/v1', '', '/v1/v1', '/v1beta/openai'], purpose: 'answer' }],
  modelOf: ({ body }) => modelOf(body),
  decode: ({ body }, { policy, caller }) => decodeRequest(body, policy, caller.defaults),
  encodeReply,
  openStream,
  shapes,
  encodeError,
  encodeRate: openaiRateHeaders,
  models: encodeModels,
}
