import type { FailureKind, GatewayError } from '../../chat/gateway-error.ts'
import type { EncodedError, EncodeError } from '../dialect.ts'
import { failureHeaders } from '../failure-headers.ts'
import { encodeOpenaiError, type OpenaiError, openaiErrorOf } from '../openai-error.ts'

/** Where OpenAI's own status differs from the one that the owner wants of Chat Completions. */
const nativeStatuses: Partial<Record<FailureKind, number>> = { 'invalid-request': 400, 'wrong-key': 401 }

export const encodeError: EncodeError = (error): EncodedError => {
  const { headers, status: usual } = encodeOpenaiError(error)
  const status = nativeStatuses[error.kind] ?? usual
  return {
    status,
    headers: { ...headers, ...failureHeaders(error, status) },
    body: JSON.stringify({ error: describeFailure(error) }),
  }
}

/** A failure in OpenAI's words, for an error's body and for the events that tell of it in a stream. */
export function describeFailure(error: GatewayError): OpenaiError {
  const told = openaiErrorOf(error)
  switch (error.kind) {
    case 'invalid-request':
      return error.field === 'previous_response_id' ? { ...told, code: 'previous_response_not_found' } : told
    case 'context-overflow':
      return { ...told, param: 'input' }
    case 'unknown-route':
      return error.field === undefined ? told : { ...told, code: null }
    case 'rate-limited':
      return { ...told, message: withPatience(error) }
    default:
      return told
  }
}

/** Codex reads from these very words how long to wait. */
function withPatience({ message, retryAfterSeconds }: GatewayError): string {
  return retryAfterSeconds === undefined ? message : `${message} Please try again in ${retryAfterSeconds}s.`
}
