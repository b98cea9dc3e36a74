import type { AssistantMessage, ChatMessage, ChatRequest, ContentPart, ToolCall } from '../chat/chat-request.ts'
import { parseToWrite, stringifyExact } from '../wire/exact-json.ts'
import { breakControlTokens, breakSpreadTokens, breakTokensInJson } from './control-tokens.ts'

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
  const { tools, tool_choice: choice, continue_final_message: continues, response_format: format } = request
  // Only schemas may hold numbers that are longer than JavaScript's.
  const stringify = tools === undefined && format === undefined ? JSON.stringify : stringifyExact
  // What is undefined is not written.
  return stringify({
    model,
    ...request,
    messages: buildMessages(request.messages),
    tools: buildTools(tools),
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
  return { messages: buildMessages(messages), tools: buildTools(tools), chat_template_kwargs }
}

function buildMessages(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const lastUser = messages.findLastIndex(({ role }) => role === 'user')
  return messages.map((message, index) => buildMessage(message, index > lastUser))
}

/** Of all texts, also of the system's and of tools: a front end lets its users write them, and servers of tools do. */
function buildMessage(message: ChatMessage, insideToolLoop: boolean): ChatMessage {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: breakControlTokens(message.content) }
    case 'user':
    case 'tool': {
      const content = buildContent(message.content)
      return content === message.content ? message : { ...message, content }
    }
    case 'assistant':
      return buildAssistant(message, insideToolLoop)
    default:
      return message satisfies never
  }
}

/** Gemma takes its reasoning back only within the tool loop that it belongs to. */
function buildAssistant(message: AssistantMessage, insideToolLoop: boolean): AssistantMessage {
  const { content, reasoning, tool_calls: calls } = message
  return {
    role: 'assistant',
    content: content === null ? null : breakControlTokens(content),
    reasoning: insideToolLoop && reasoning !== undefined ? breakControlTokens(reasoning) : undefined,
    tool_calls: calls?.map(buildCall),
  }
}

function buildCall(call: ToolCall): ToolCall {
  const { name, arguments: json } = call.function
  return { ...call, function: { name: breakControlTokens(name), arguments: breakTokensInJson(json) } }
}

function buildTools(tools: ChatRequest['tools']): ChatRequest['tools'] {
  if (tools === undefined) return undefined
  const json = stringifyExact(tools)
  const broken = breakTokensInJson(json)
  // Only texts differ.
  return broken === json ? tools : (parseToWrite(broken) as ChatRequest['tools'])
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
  const broken = breakSpreadTokens(text.map((part) => part.text))
  return [...media, ...broken.map((part) => ({ type: 'text' as const, text: part }))]
}
