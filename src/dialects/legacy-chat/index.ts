import { credentialsFrom } from '../credentials.ts'
import type { Dialect } from '../dialect.ts'
import { modelOf } from '../model-of.ts'
import { openaiRateHeaders } from '../openai-rate.ts'
import { decodeRequest } from './decode-request.ts'
import { encodeError } from './encode-error.ts'
import { openStream } from './encode-events.ts'
import { encodeReply } from './encode-reply.ts'
import { shapes } from './shapes.ts'

/** The owner's first contract, `POST /chat`. */
export const legacyChat: Dialect<null> = {
  name: 'legacy-chat',
  credentials: credentialsFrom('bearer'),
  routes: [{ path: '/chat', versions: ['', '/v1', '/v1/v1'], purpose: 'answer' }],
  modelOf: ({ body }) => modelOf(body),
  decode: ({ body }, { policy }) => decodeRequest(body, policy),
  encodeReply,
  openStream,
  shapes,
  encodeError,
  encodeRate: openaiRateHeaders,
}
