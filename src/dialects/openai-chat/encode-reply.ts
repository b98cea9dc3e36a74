import type { FinishReason } from '../../chat/chat-event.ts'
import type { ChatChoice, ChatReply } from '../../chat/chat-reply.ts'
import type { Answer } from '../dialect.ts'
import { openaiUsage } from '../openai-usage.ts'
import type { ChatEcho } from './decode-request.ts'

const finishWords = {
  stop: 'stop',
  'stop-string': 'stop',
  'tool-calls': 'tool_calls',
  length: 'length',
  'content-filter': 'content_filter',
} satisfies Record<FinishReason, string>

/** A named tool choice is no decision of the model's, so that OpenAI ends it with `stop`. */
export function finishWord(reason: FinishReason, { namedToolChoice }: ChatEcho): string {
  return reason === 'tool-calls' && namedToolChoice ? 'stop' : finishWords[reason]
}

export function encodeReply(reply: ChatReply, { echo, requestId, model }: Answer<ChatEcho>): string {
  return JSON.stringify({
    id: `chatcmpl-${requestId}`,
    object: 'chat.completion',
    created: reply.created,
    model,
    choices: reply.choices.map((choice) => encodeChoice(choice, echo)),
    usage: openaiUsage(reply.usage),
  })
}

function encodeChoice(choice: ChatChoice, echo: ChatEcho) {
  return {
    index: choice.index,
    message: encodeMessage(choice, echo),
    logprobs: choice.logprobs === null ? null : { content: choice.logprobs, refusal: null },
    finish_reason: finishWord(choice.finish.reason, echo),
  }
}

function encodeMessage({ text, reasoning, toolCalls }: ChatChoice, { includeReasoning }: ChatEcho) {
  const shown = includeReasoning && reasoning !== '' ? { reasoning, reasoning_content: reasoning } : {}
  if (toolCalls.length === 0) return { role: 'assistant', content: text, refusal: null, ...shown }
  const calls = toolCalls.map(({ id, name, json }) => ({ id, type: 'function', function: { name, arguments: json } }))
  return { role: 'assistant', content: text === '' ? null : text, refusal: null, ...shown, tool_calls: calls }
}
