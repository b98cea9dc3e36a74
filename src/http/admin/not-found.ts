import { GatewayError } from '../../chat/gateway-error.ts'
import type { EncodedError } from '../../dialects/dialect.ts'
import { encodeOpenaiError } from '../../dialects/openai-error.ts'

/** What an address of the API names is not there. */
export function notFound(what: string): GatewayError {
  return new GatewayError('unknown-route', `There is no ${what} with this id.`)
}

/** OpenAI's form. Routes that do not exist never get here, so that what is unknown is a thing. */
export function encodeApiError(error: GatewayError): EncodedError {
  const encoded = encodeOpenaiError(error)
  if (error.kind !== 'unknown-route') return encoded
  const { message } = error
  const body = { error: { message, type: 'invalid_request_error', param: null, code: 'not_found' } }
  return { ...encoded, body: JSON.stringify(body) }
}
