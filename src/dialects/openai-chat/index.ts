import type { Dialect } from '../dialect.ts'
import { modelOf } from '../model-of.ts'
import { type ChatEcho, decodeRequest } from './decode-request.ts'
import { encodeError } from './encode-error.ts'
import { openStream } from './encode-events.ts'
import { encodeReply } from './encode-reply.ts'

/** OpenAI Chat Completions. */
export const openaiChat: Dialect<ChatEcho> = {
  name: 'openai-chat',
  paths: ['/chat/completions'],
  modelOf,
  decode: decodeRequest,
  encodeReply,
  openStream,
  encodeError,
}
