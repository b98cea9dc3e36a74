import type { ChatPolicy } from '../../chat/chat-policy.ts'
import type { AssistantMessage, ChatMessage, ContentPart, ToolCall } from '../../chat/chat-request.ts'
import { GatewayError } from '../../chat/gateway-error.ts'
import { decodeAudio } from '../audio-rules.ts'
import { createReadArguments, type ReadArguments } from '../call-arguments.ts'
import { customArguments } from '../custom-tools.ts'
import { decodeImage } from '../image-rules.ts'
import { checkMediaCounts } from '../media-counts.ts'
import { pairToolHistory } from '../tool-history.ts'
import type { WireMessage } from './wire-messages.ts'

interface MessageContext {
  readonly policy: ChatPolicy
  readonly readArguments: ReadArguments
}

export function decodeMessages(messages: readonly WireMessage[], policy: ChatPolicy): ChatMessage[] {
  const context: MessageContext = { policy, readArguments: createReadArguments('messages') }
  const decoded = messages.map((message, index) => decodeMessage(message, `messages[${index}]`, context))
  checkMediaCounts(decoded, 'messages', policy)
  return decoded.some(isOfTools) ? pairToolHistory(decoded) : decoded
}

function isOfTools(message: ChatMessage): boolean {
  return message.role === 'tool' || (message.role === 'assistant' && message.tool_calls !== undefined)
}

function decodeMessage(message: WireMessage, path: string, context: MessageContext): ChatMessage {
  const { policy, readArguments } = context
  switch (message.role) {
    case 'system':
    case 'developer':
      return { role: 'system', content: joinText(message.content) }
    case 'user':
      return { role: 'user', content: decodeContent(message.content, path, policy) }
    case 'tool': {
      const content = decodeContent(message.content, path, policy)
      return { role: 'tool', tool_call_id: message.tool_call_id, content }
    }
    case 'function':
      return { role: 'tool', tool_call_id: functionCallId(message.name), content: message.content ?? '' }
    case 'assistant':
      return decodeAssistant(message, readArguments)
    default:
      return message satisfies never
  }
}

/** Calls of `functions` had no ids: there was one in a turn, and its result had the function's name. */
function functionCallId(name: string): string {
  return `function_${name}`
}

type WireContent = Extract<WireMessage, { role: 'user' }>['content']
type WireAssistant = Extract<WireMessage, { role: 'assistant' }>
type WireToolCall = NonNullable<WireAssistant['tool_calls']>[number]

function decodeContent(content: WireContent, path: string, policy: ChatPolicy): string | ContentPart[] {
  if (typeof content === 'string') return content
  return content.map((part, index) => decodePart(part, `${path}.content[${index}]`, policy))
}

function decodePart(part: Exclude<WireContent, string>[number], path: string, policy: ChatPolicy): ContentPart {
  switch (part.type) {
    case 'text':
      return part
    case 'image_url':
      return decodeImage(part.image_url.url, `${path}.image_url.url`, policy)
    case 'input_audio':
      return decodeAudio({ base64: part.input_audio.data, field: `${path}.input_audio.data` }, policy)
    case 'file':
      throw unreadFile(`${path}.file`)
    default:
      return part satisfies never
  }
}

function unreadFile(field: string): GatewayError {
  const message = `\`${field}\` is not supported here: files are not read; send what is in it as text or as images.`
  return new GatewayError('unsupported-field', message, { field })
}

function joinText(content: string | readonly ({ text: string } | { refusal: string })[]): string {
  if (typeof content === 'string') return content
  return content.map((part) => ('text' in part ? part.text : part.refusal)).join('\n')
}

function decodeAssistant(message: WireAssistant, readArguments: ReadArguments): AssistantMessage {
  const calls = decodeCalls(message, readArguments)
  const said = message.content == null ? (message.refusal ?? null) : joinText(message.content)
  // Clients keep answers of which nothing but a thought came. Some templates want the user and the assistant to take turns.
  const content = said === null && calls.length === 0 ? '' : said
  const reasoning = message.reasoning_content ?? message.reasoning ?? message.thinking ?? undefined
  return { role: 'assistant', content, reasoning, tool_calls: calls.length === 0 ? undefined : calls }
}

function decodeCalls(
  { tool_calls: calls, function_call: call }: WireAssistant,
  readArguments: ReadArguments,
): ToolCall[] {
  if (calls != null && calls.length > 0) return calls.map((each) => decodeCall(each, readArguments))
  if (call == null) return []
  return [callOf(functionCallId(call.name), call.name, readArguments(call.arguments))]
}

function decodeCall(call: WireToolCall, readArguments: ReadArguments): ToolCall {
  if (call.type === 'custom') return callOf(call.id, call.custom.name, customArguments(call.custom.input))
  return callOf(call.id, call.function.name, readArguments(call.function.arguments))
}

function callOf(id: string, name: string, json: string): ToolCall {
  return { id, type: 'function', function: { name, arguments: json } }
}
