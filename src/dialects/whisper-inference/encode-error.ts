import type { GatewayError } from '../../chat/gateway-error.ts'
import type { EncodedError } from '../dialect.ts'
import { encodeOpenaiError } from '../openai-error.ts'

/** OpenAI's statuses, and the message where whisper.cpp has it. */
export function encodeError(error: GatewayError): EncodedError {
  return { ...encodeOpenaiError(error), body: JSON.stringify({ error: error.message }) }
}
