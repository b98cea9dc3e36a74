import type { FinishReason, TokenLogprob, TokenUsage } from '../../chat/chat-event.ts'
import { parseToWrite } from '../../wire/exact-json.ts'
import type { Answer } from '../dialect.ts'
import { standardBase64 } from './base64.ts'
import type { GeminiEcho } from './decode-request.ts'

const finishWords = {
  stop: 'STOP',
  'stop-string': 'STOP',
  'tool-calls': 'STOP',
  length: 'MAX_TOKENS',
  'content-filter': 'SAFETY',
} satisfies Record<FinishReason, string>

/** `malformed`: a call whose arguments are no JSON object was left out of the answer. */
export function finishWord(reason: FinishReason, malformed: boolean): string {
  return malformed && finishWords[reason] === 'STOP' ? 'MALFORMED_FUNCTION_CALL' : finishWords[reason]
}

/** Reasoning is counted beside the answer, not in it. */
export function usageMetadata({ promptTokens, cachedTokens, completionTokens, reasoningTokens }: TokenUsage) {
  return {
    promptTokenCount: promptTokens,
    cachedContentTokenCount: cachedTokens,
    candidatesTokenCount: completionTokens - reasoningTokens,
    thoughtsTokenCount: reasoningTokens,
    totalTokenCount: promptTokens + completionTokens,
  }
}

export interface MadeCall {
  readonly id: string
  readonly name: string
  /** JSON text of an object. */
  readonly json: string
}

/** `reasoning` is what led to the turn's first call; it goes along sealed, so that it can go on after the results. */
export function callPart({ id, name, json }: MadeCall, reasoning: string, answer: Answer<GeminiEcho>) {
  const functionCall = { id, name: answer.echo.toolNames.toCaller(name), args: parseToWrite(json) }
  if (reasoning === '' || !answer.echo.sealsReasoning) return { functionCall }
  // Python's SDK reads it as bytes, and refuses base64 without padding.
  return { functionCall, thoughtSignature: standardBase64(answer.seal.close(reasoning, answer.caller.keyId)) }
}

/** The word in a JSON string; text that is none, because it was cut, stays as it is. */
export function unwrapEnum(text: string): string {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'string' ? value : text
  } catch {
    return text
  }
}

export function logprobsResult(tokens: readonly TokenLogprob[]) {
  return {
    chosenCandidates: tokens.map(logprobCandidate),
    topCandidates: tokens.map(({ top_logprobs: top }) => ({ candidates: top.map(logprobCandidate) })),
  }
}

function logprobCandidate({ token, logprob }: { readonly token: string; readonly logprob: number }) {
  return { token, logProbability: logprob }
}

export function averageLogprob(tokens: readonly TokenLogprob[]): number {
  return tokens.reduce((sum, { logprob }) => sum + logprob, 0) / tokens.length
}

/** What every object of an answer ends with. */
export function answerNames({ model, requestId }: Answer<GeminiEcho>) {
  return { modelVersion: model, responseId: requestId }
}

/** A prompt that the filter let nothing be said to. */
export const blockedPrompt = { blockReason: 'SAFETY' } as const
