import type { ChatBody } from './chat-body.ts'
import type { Prompt, PromptText } from './prompt.ts'
import { badRequest } from './vllm-error.ts'

/** More characters than this a token have never been; longer prompts are refused uncounted. */
const charactersPerTokenMax = 32

/**
 * What is looked at before the prompt is cut into tokens.
 * @throws VllmError where `max_tokens` or the prompt's characters are too many for the context, in vLLM's words.
 */
export function checkPromptText(body: ChatBody, { length }: PromptText, maxModelLen: number): void {
  const output = wantedTokens(body) ?? 0
  if (output > maxModelLen) {
    const parameter = body.max_completion_tokens === null ? 'max_tokens' : 'max_completion_tokens'
    const message = `${parameter}=${output} cannot be greater than max_model_len=max_total_tokens=${maxModelLen}. Please request fewer output tokens.`
    throw badRequest(message, parameter, output)
  }
  checkInputLength({ length, tokens: 0 }, output, maxModelLen)
}

/**
 * How many tokens may be generated.
 * @throws VllmError where prompt and `max_tokens` do not fit the context, in vLLM's words.
 */
export function checkContext(body: ChatBody, prompt: Prompt, maxModelLen: number): number {
  const wanted = wantedTokens(body)
  const output = wanted ?? 0
  checkInputLength({ length: prompt.length, tokens: prompt.tokens.length }, output, maxModelLen)
  // Media are counted only after the prompt was found short enough without them.
  if (prompt.count > maxModelLen) {
    throw badRequest(`Input length (${prompt.count}) exceeds model's maximum context length (${maxModelLen}).`)
  }
  return Math.min(wanted ?? Number.POSITIVE_INFINITY, maxModelLen - prompt.count)
}

function wantedTokens(body: ChatBody): number | null {
  return body.max_completion_tokens ?? body.max_tokens
}

/**
 * What is looked at before media are counted: characters and tokens.
 * @throws VllmError
 */
export function checkInputLength(
  prompt: { readonly length: number; readonly tokens: number },
  output: number,
  maxModelLen: number,
): void {
  const inputMax = maxModelLen - output
  const charactersMax = inputMax * charactersPerTokenMax
  const start = `This model's maximum context length is ${maxModelLen} tokens. However, you requested ${output} output tokens and your prompt contains`
  const advice = 'Please reduce the length of the input prompt or the number of requested output tokens.'
  if (prompt.length > charactersMax) {
    const found = `${prompt.length} characters (more than ${charactersMax} characters, which is the upper bound for ${inputMax} input tokens)`
    throw badRequest(`${start} ${found}. ${advice}`, 'input_text', prompt.length)
  }
  if (prompt.tokens <= inputMax) return
  // vLLM stops counting one token past the limit: the true length is not told.
  const counted = inputMax + 1
  const total = `for a total of at least ${counted + output} tokens`
  throw badRequest(`${start} at least ${counted} input tokens, ${total}. ${advice}`, 'input_tokens', counted)
}
