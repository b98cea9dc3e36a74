import { invalidField } from '../chat/describe-mismatch.ts'
import { GatewayError } from '../chat/gateway-error.ts'
import { MissingRoute, refusesRoute } from './missing-route.ts'
import { failureOfServer } from './vllm-failure.ts'

/** vLLM's words of a model that only talks. */
const makesNone = /does not support (?:the )?transcriptions api/i

/** What a server said where it gave no transcript. */
export interface Refusal {
  readonly status: number
  readonly text: string
}

/** `field` is where the audio stood. What the server says of it is not told, not even to the log: it may repeat the request. */
export function transcriptionFailure({ status, text }: Refusal, field: string): GatewayError {
  const cause = new Error(`the speech server answered ${status}`)
  if (refusesRoute(status, text) || makesNone.test(text)) return new MissingRoute('transcribe audio', cause)
  // Both servers say so of audio that they cannot decode; everything else of the request has been looked at before.
  if (status === 400 || status === 413 || status === 415 || status === 422) {
    const { kind, message } = invalidField(field, 'audio that the model server does not take', 'whole audio')
    return new GatewayError(kind, message, { field, cause })
  }
  return failureOfServer(status, cause)
}

export function noTranscript(cause: unknown): GatewayError {
  return new GatewayError('upstream-failed', 'The model server answered with something that is no transcript.', {
    cause,
  })
}
