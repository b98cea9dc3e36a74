import type { AssistantMessage, ChatMessage, ChatRequest, ContentPart } from '../chat/chat-request.ts'
import { breakControlTokens } from './control-tokens.ts'

/** The part of a request that decides the prompt; `/tokenize` takes the same. */
export interface VllmPrompt {
  readonly messages: readonly ChatMessage[]
  readonly tools?: ChatRequest['tools']
  readonly chat_template_kwargs: ChatRequest['chat_template_kwargs']
}

/**
 * The body that vLLM is sent, as JSON text. A streamed request asks for running counts, so that an answer that is cut
 * is still accounted for exactly.
 */
export function buildVllmRequest(request: ChatRequest, model: string, streamed: boolean): string {
  const { tool_choice: choice, ...rest } = request
  return JSON.stringify({
    model,
    ...rest,
    ...buildPrompt(request),
    tool_choice: request.tools === undefined ? undefined : choice === 'none' ? 'none' : 'auto',
    ...(request.continue_final_message === true ? continueFields : undefined),
    ...(streamed ? streamFields : undefined),
  })
}

const continueFields = { continue_final_message: true, add_generation_prompt: false }
const streamFields = { stream: true, stream_options: { include_usage: true, continuous_usage_stats: true } }

/** What Gemma's template and vLLM's parsers need of a conversation, whichever dialect it came in. */
export function buildPrompt(request: ChatRequest): VllmPrompt {
  const lastUser = request.messages.findLastIndex(({ role }) => role === 'user')
  const messages = request.messages.map((message, index) => buildMessage(message, index > lastUser))
  return { messages, tools: request.tools, chat_template_kwargs: request.chat_template_kwargs }
}

function buildMessage(message: ChatMessage, insideToolLoop: boolean): ChatMessage {
  switch (message.role) {
    case 'system':
      return message
    case 'assistant':
      return insideToolLoop ? message : withoutReasoning(message)
    case 'user':
    case 'tool':
      return { ...message, content: buildContent(message.content) }
    default:
      return message satisfies never
  }
}

/** Gemma takes its reasoning back only within the tool loop that it belongs to. */
function withoutReasoning(message: AssistantMessage): AssistantMessage {
  return message.reasoning === undefined ? message : { ...message, reasoning: undefined }
}

/** Media precede text, as Gemma was trained. */
function buildContent(content: string | readonly ContentPart[]): string | readonly ContentPart[] {
  if (typeof content === 'string') return breakControlTokens(content)
  const media = content.filter((part) => part.type !== 'text')
  const text = content.filter((part) => part.type === 'text')
  return [...media, ...text.map((part) => ({ ...part, text: breakControlTokens(part.text) }))]
}
