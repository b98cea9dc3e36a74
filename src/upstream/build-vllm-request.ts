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
  const { tools, tool_choice: choice, continue_final_message: continues } = request
  // What is undefined is not written.
  return JSON.stringify({
    model,
    ...request,
    messages: buildMessages(request.messages),
    tool_choice: tools === undefined ? undefined : choice === 'none' ? 'none' : 'auto',
    add_generation_prompt: continues === true ? false : undefined,
    stream: streamed ? true : undefined,
    stream_options: streamed ? runningCounts : undefined,
  })
}

const runningCounts = { include_usage: true, continuous_usage_stats: true }

/** What Gemma's template and vLLM's parsers need of a conversation, whichever dialect it came in. */
export function buildPrompt(request: ChatRequest): VllmPrompt {
  const { messages, tools, chat_template_kwargs } = request
  return { messages: buildMessages(messages), tools, chat_template_kwargs }
}

function buildMessages(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const lastUser = messages.findLastIndex(({ role }) => role === 'user')
  return messages.map((message, index) => buildMessage(message, index > lastUser))
}

function buildMessage(message: ChatMessage, insideToolLoop: boolean): ChatMessage {
  switch (message.role) {
    case 'system':
      return message
    case 'assistant':
      return insideToolLoop ? message : withoutReasoning(message)
    case 'user':
    case 'tool': {
      const content = buildContent(message.content)
      return content === message.content ? message : { ...message, content }
    }
    default:
      return message satisfies never
  }
}

/** Gemma takes its reasoning back only within the tool loop that it belongs to. */
function withoutReasoning(message: AssistantMessage): AssistantMessage {
  return message.reasoning === undefined ? message : { ...message, reasoning: undefined }
}

/**
 * Media precede text, as Gemma was trained. An address is refused as the house's own mistake: images are fetched before,
 * and vLLM must never fetch. Only a prompt that is merely counted still has them, and is estimated then.
 */
function buildContent(content: string | readonly ContentPart[]): string | readonly ContentPart[] {
  if (typeof content === 'string') return breakControlTokens(content)
  if (content.some(({ type }) => type === 'remote_image')) throw new Error('An image has not been fetched.')
  const media = content.filter((part) => part.type !== 'text')
  const text = content.filter((part) => part.type === 'text')
  return [...media, ...text.map((part) => ({ ...part, text: breakControlTokens(part.text) }))]
}
