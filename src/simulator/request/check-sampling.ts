import type { ChatBody } from './chat-body.ts'
import { pythonFloat } from './python-text.ts'
import { badRequest } from './vllm-error.ts'

/** Below this, sampling is greedy. */
const greedyBelow = 1e-5

/**
 * The bounds of the sampling parameters, in the order in which vLLM looks at them. vLLM itself has `top_logprobs`
 * checked by the engine, later.
 * @throws VllmError
 */
export function checkSampling(body: ChatBody, maxTokens: number, maxChoices: number): void {
  checkCount(body.n ?? 1, maxChoices)
  checkPenalties(body)
  checkTemperature(body.temperature ?? 1)
  checkTruncation(body)
  if (maxTokens < 1) throw badRequest(`max_tokens must be at least 1, got ${maxTokens}.`, 'max_tokens', maxTokens)
  if (body.stop?.includes('')) throw badRequest('stop cannot contain an empty string.')
  if ((body.temperature ?? 1) < greedyBelow && (body.n ?? 1) > 1) {
    throw badRequest(`n must be 1 when using greedy sampling, got ${body.n}.`)
  }
}

function checkCount(n: number, maxChoices: number): void {
  if (n < 1) throw badRequest(`n must be at least 1, got ${n}.`, 'n', n)
  if (n <= maxChoices) return
  const hint = 'To increase this limit, set the VLLM_MAX_N_SEQUENCES environment variable.'
  throw badRequest(`n must be at most ${maxChoices}, got ${n}. ${hint}`, 'n', n)
}

function checkPenalties(body: ChatBody): void {
  for (const name of ['presence_penalty', 'frequency_penalty'] as const) {
    const penalty = body[name] ?? 0
    if (!(Math.abs(penalty) <= 2)) throw badRequest(`${name} must be in [-2, 2], got ${pythonFloat(penalty)}.`)
  }
  const repetition = body.repetition_penalty ?? 1
  if (!Number.isFinite(repetition)) {
    throw badRequest(`repetition_penalty must be a finite number, got ${pythonFloat(repetition)}.`)
  }
  if (repetition <= 0) {
    throw badRequest(`repetition_penalty must be greater than zero, got ${pythonFloat(repetition)}.`)
  }
}

function checkTemperature(temperature: number): void {
  const value = pythonFloat(temperature)
  if (!Number.isFinite(temperature)) {
    throw badRequest(`temperature must be a finite number, got ${value}.`, 'temperature', value)
  }
  if (temperature < 0) throw badRequest(`temperature must be non-negative, got ${value}.`, 'temperature', value)
  if (temperature > 2) throw badRequest(`temperature must be in [0, 2], got ${value}.`, 'temperature', value)
}

function checkTruncation({ top_p: topP, top_k: topK, min_p: minP }: ChatBody): void {
  if (topP !== null && !(topP > 0 && topP <= 1)) {
    throw badRequest(`top_p must be in (0, 1], got ${pythonFloat(topP)}.`, 'top_p', pythonFloat(topP))
  }
  if (topK !== null && topK < -1) throw badRequest(`top_k must be 0 (disable), or at least 1, got ${topK}.`)
  if (minP !== null && !(minP >= 0 && minP <= 1)) throw badRequest(`min_p must be in [0, 1], got ${pythonFloat(minP)}.`)
}
