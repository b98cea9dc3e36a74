import { credentialsFrom } from '../credentials.ts'
import { modelOf } from '../model-of.ts'
import { openaiRateHeaders } from '../openai-rate.ts'
import type { SpeechDialect } from '../speech-dialect.ts'
import { decodeRequest, type InferenceEcho } from './decode-request.ts'
import { encodeError } from './encode-error.ts'
import { encodeReply } from './encode-reply.ts'
import { shapes } from './shapes.ts'

/** The form that whisper.cpp's own server takes. */
export const whisperInference: SpeechDialect<InferenceEcho> = {
  name: 'whisper-inference',
  credentials: credentialsFrom('bearer'),
  routes: [{ path: '/inference', versions: [''], task: 'transcribe' }],
  modelOf,
  decode: decodeRequest,
  encodeReply,
  shapes,
  encodeError,
  encodeRate: openaiRateHeaders,
}
