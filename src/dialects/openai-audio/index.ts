import { credentialsFrom } from '../credentials.ts'
import { modelOf } from '../model-of.ts'
import { openaiRateHeaders } from '../openai-rate.ts'
import type { SpeechDialect } from '../speech-dialect.ts'
import { decodeJson, decodeRequest, type SpeechEcho } from './decode-request.ts'
import { encodeError } from './encode-error.ts'
import { openStream } from './encode-events.ts'
import { encodeReply } from './encode-reply.ts'
import { shapes } from './shapes.ts'

/** As for chat: some clients leave `/v1` out, some add it twice, and some hold a base address of Google's. */
const versions = ['/v1', '', '/v1/v1', '/v1beta/openai']

/** OpenAI's transcriptions and translations. */
export const openaiAudio: SpeechDialect<SpeechEcho> = {
  name: 'openai-audio',
  credentials: credentialsFrom('bearer'),
  routes: [
    { path: '/audio/transcriptions', versions, task: 'transcribe' },
    { path: '/audio/translations', versions, task: 'translate' },
  ],
  modelOf,
  decode: decodeRequest,
  decodeJson,
  encodeReply,
  openStream,
  shapes,
  encodeError,
  encodeRate: openaiRateHeaders,
}
