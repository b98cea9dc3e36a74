import { GatewayError, type Overflow } from '../chat/gateway-error.ts'
import type { VllmError } from './vllm-chunk.ts'

const overflowPatterns = [
  /maximum context length is (\d+) tokens/,
  /exceeds model's maximum context length \((\d+)\)/,
  /longer than the maximum model length of (\d+)/,
  /cannot be greater than max_model_len=(?:\D*)(\d+)/,
]

/** Parameters of the request that may be named to the caller; every other name is vLLM's own business. */
const namedParameters = new Set([
  'messages',
  'temperature',
  'top_p',
  'top_k',
  'min_p',
  'presence_penalty',
  'frequency_penalty',
  'repetition_penalty',
  'n',
  'seed',
  'stop',
  'logprobs',
  'top_logprobs',
  'tools',
  'tool_choice',
  'response_format',
])

/** A failure that vLLM tells inside its envelope. The caller gets our text. */
export function failureOfVllmError(error: VllmError | string): GatewayError {
  if (typeof error === 'string') return failureOfStatus(502, error)
  const status = Number(error.code)
  return failureOfStatus(Number.isInteger(status) ? status : 500, error.message ?? '', error.param ?? undefined)
}

/** A failure by vLLM's status and text; `param` is the parameter it names. */
export function failureOfStatus(status: number, text: string, param?: string): GatewayError {
  // vLLM's text repeats parts of the request, so that not even the log may have it.
  const cause = new Error(`vLLM answered ${status}${param === undefined ? '' : ` about ${param}`}`)
  const contextWindow = overflowOf(text)
  if (contextWindow !== undefined) return contextOverflow({ contextWindow }, cause)
  if (status === 400 || status === 413 || status === 422) return refusal(param, cause)
  return failureOfServer(status, cause)
}

/** A status that says more of the server than of the request. */
export function failureOfServer(status: number, cause: Error): GatewayError {
  if (status === 429 || status === 503) {
    const message = 'The model server is busy or waking up. Please try again.'
    return new GatewayError('overloaded', message, { cause, retryAfterSeconds: 5 })
  }
  if (status === 401 || status === 403 || status === 404) {
    return new GatewayError('upstream-unavailable', 'The model server does not accept the gateway.', { cause })
  }
  return new GatewayError('upstream-failed', 'The model server failed.', { cause })
}

/** A connection that breaks in the middle of an answer; a mistake of ours is not the model server's. */
export function failureOfBreak(thrown: unknown): Error {
  if (thrown instanceof GatewayError || thrown instanceof TypeError || thrown instanceof RangeError) return thrown
  return new GatewayError('upstream-failed', 'The model server broke off its answer.', { cause: thrown })
}

export function throwBreak(thrown: unknown): never {
  throw failureOfBreak(thrown)
}

function refusal(param: string | undefined, cause: Error): GatewayError {
  if (param === undefined || !namedParameters.has(param)) {
    return new GatewayError('unsupported-field', 'The model server refused the request.', { cause })
  }
  return new GatewayError('unsupported-field', `The model server refused \`${param}\`.`, { cause, field: param })
}

function overflowOf(text: string): number | undefined {
  for (const pattern of overflowPatterns) {
    const match = pattern.exec(text)
    if (match !== null) return Number(match[1])
  }
  return undefined
}

/** The words that OpenAI's clients know. `promptTokens` is unknown where only vLLM noticed: its own count is not true. */
export function contextOverflow(overflow: Overflow, cause?: unknown): GatewayError {
  const { contextWindow, promptTokens, promptMax } = overflow
  const room = promptMax === undefined ? '' : `, and more than ${promptMax} leave no room for the reply`
  const counted = promptTokens === undefined ? '' : ` However, your messages resulted in ${promptTokens} tokens${room}.`
  const message = `This model's maximum context length is ${contextWindow} tokens.${counted} Please reduce the length of the messages.`
  return new GatewayError('context-overflow', message, { cause, field: 'messages', overflow })
}
