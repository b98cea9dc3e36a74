import type { ChatChoice, ChatReply } from '../../chat/chat-reply.ts'
import { isJsonObject } from '../../wire/is-json-object.ts'
import type { Answer } from '../dialect.ts'
import type { GeminiEcho } from './decode-request.ts'
import {
  answerNames,
  averageLogprob,
  blockedPrompt,
  callPart,
  finishWord,
  logprobsResult,
  unwrapEnum,
  usageMetadata,
} from './encode-parts.ts'

export function encodeReply({ choices, usage }: ChatReply, answer: Answer<GeminiEcho>): string {
  const told = choices.every(isBlocked)
    ? { promptFeedback: blockedPrompt }
    : { candidates: choices.map((choice) => encodeChoice(choice, answer)) }
  return JSON.stringify({ ...told, usageMetadata: usageMetadata(usage), ...answerNames(answer) })
}

function isBlocked({ finish, text, reasoning, toolCalls }: ChatChoice): boolean {
  return finish.reason === 'content-filter' && text === '' && reasoning === '' && toolCalls.length === 0
}

function encodeChoice(choice: ChatChoice, answer: Answer<GeminiEcho>) {
  const { logprobs, toolCalls, finish, index } = choice
  const calls = toolCalls.filter(({ json }) => isJsonObject(json))
  return {
    content: { parts: encodeParts(choice, calls, answer), role: 'model' },
    finishReason: finishWord(finish.reason, calls.length < toolCalls.length),
    index,
    ...(logprobs === null || logprobs.length === 0
      ? {}
      : { avgLogprobs: averageLogprob(logprobs), logprobsResult: logprobsResult(logprobs) }),
  }
}

function encodeParts({ reasoning, text }: ChatChoice, calls: ChatChoice['toolCalls'], answer: Answer<GeminiEcho>) {
  const { includeThoughts, unwrapsEnum } = answer.echo
  const thoughts = includeThoughts && reasoning !== '' ? [{ text: reasoning, thought: true }] : []
  // Clients read the first part's text without looking whether there is one.
  const spoken = text !== '' || calls.length === 0 ? [{ text: unwrapsEnum ? unwrapEnum(text) : text }] : []
  const called = calls.map((call, index) => callPart(call, index === 0 ? reasoning : '', answer))
  return [...thoughts, ...spoken, ...called]
}
