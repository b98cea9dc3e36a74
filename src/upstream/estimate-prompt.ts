import { bounds } from '../chat/bounds.ts'
import type { ChatMessage, ChatRequest, ContentPart, ToolCall } from '../chat/chat-request.ts'
import { audioSeconds } from '../wire/audio-seconds.ts'

/** By bytes, so that scripts with about a token a character are not taken for English. */
const bytesPerToken = 3.2
const schemaCharactersPerToken = 3
const tokensPerMessage = 4
const tokensPerImage = 282
const tokensPerAudioSecond = 25
const tokensPerPrompt = 2

/** About how many tokens a request's prompt takes, on the high side for most languages. */
export function estimatePrompt(request: ChatRequest): number {
  const { messages, tools } = request
  const schemas = tools === undefined ? 0 : JSON.stringify(tools).length
  return Math.ceil(
    textBytes(request) / bytesPerToken +
      schemas / schemaCharactersPerToken +
      messages.length * tokensPerMessage +
      mediaTokens(messages) +
      tokensPerPrompt,
  )
}

function mediaTokens(messages: readonly ChatMessage[]): number {
  let tokens = 0
  for (const { content } of messages) {
    if (typeof content !== 'string') for (const part of content ?? []) tokens += partTokens(part)
  }
  return tokens
}

function partTokens(part: ContentPart): number {
  switch (part.type) {
    case 'text':
      return 0
    case 'image_url':
    case 'remote_image':
      return tokensPerImage
    case 'input_audio':
      return audioSeconds(part.input_audio, bounds.audioSeconds) * tokensPerAudioSecond
    default:
      return part satisfies never
  }
}

/** Bytes of text in all messages. */
export function textBytes({ messages }: ChatRequest): number {
  let bytes = 0
  for (const message of messages) {
    bytes += contentBytes(message.content)
    if (message.role === 'assistant' && message.tool_calls !== undefined) bytes += callBytes(message.tool_calls)
  }
  return bytes
}

function callBytes(calls: readonly ToolCall[]): number {
  let bytes = 0
  for (const { function: call } of calls) bytes += call.name.length + Buffer.byteLength(call.arguments)
  return bytes
}

function contentBytes(content: string | null | readonly ContentPart[]): number {
  if (typeof content === 'string') return Buffer.byteLength(content)
  return (content ?? []).reduce((sum, part) => sum + (part.type === 'text' ? Buffer.byteLength(part.text) : 0), 0)
}
