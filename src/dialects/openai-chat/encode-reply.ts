import type { FinishReason } from '../../chat/chat-event.ts'
import type { ChatChoice, ChatReply } from '../../chat/chat-reply.ts'
import type { Answer } from '../dialect.ts'
import { openaiUsage } from '../openai-usage.ts'
import { callFields } from './call-form.ts'
import type { ChatEcho } from './decode-request.ts'
import { reasoningMembers } from './reasoning-members.ts'

const finishWords = {
  stop: 'stop',
  'stop-string': 'stop',
  'tool-calls': 'tool_calls',
  length: 'length',
  'content-filter': 'content_filter',
} satisfies Record<FinishReason, string>

/** A named choice is no decision of the model's, so that OpenAI ends it with `stop`. */
export function finishWord(reason: FinishReason, { namedToolChoice, asFunctions }: ChatEcho): string {
  if (reason !== 'tool-calls') return finishWords[reason]
  if (namedToolChoice) return 'stop'
  return asFunctions ? 'function_call' : finishWords[reason]
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

function encodeMessage({ text, reasoning, toolCalls }: ChatChoice, echo: ChatEcho) {
  const shown = reasoning === '' ? {} : reasoningMembers[echo.reasoningFields].whole(reasoning)
  const content = text === '' && toolCalls.length > 0 ? null : text
  return { role: 'assistant', content, refusal: null, ...shown, ...callFields(toolCalls, echo) }
}
