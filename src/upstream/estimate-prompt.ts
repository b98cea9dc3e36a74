import type { ChatMessage, ChatRequest, ContentPart } from '../chat/chat-request.ts'
import { countImages } from '../chat/count-images.ts'

/** By bytes, so that scripts with about a token a character are not taken for English. */
const bytesPerToken = 3.2
const schemaCharactersPerToken = 3
const tokensPerMessage = 4
const tokensPerImage = 282
const tokensPerPrompt = 2

/** About how many tokens a request's prompt takes, on the high side for most languages. */
export function estimatePrompt(request: ChatRequest): number {
  const images = countImages(request.messages)
  const schemas = request.tools === undefined ? 0 : JSON.stringify(request.tools).length
  return Math.ceil(
    textBytes(request) / bytesPerToken +
      schemas / schemaCharactersPerToken +
      request.messages.length * tokensPerMessage +
      images * tokensPerImage +
      tokensPerPrompt,
  )
}

/** Bytes of text in all messages. */
export function textBytes({ messages }: ChatRequest): number {
  return messages.reduce((sum, message) => sum + messageBytes(message), 0)
}

function messageBytes(message: ChatMessage): number {
  const calls = message.role === 'assistant' ? (message.tool_calls ?? []) : []
  const arguments_ = calls.reduce(
    (sum, { function: { name, arguments: json } }) => sum + name.length + Buffer.byteLength(json),
    0,
  )
  return contentBytes(message.content) + arguments_
}

function contentBytes(content: string | null | readonly ContentPart[]): number {
  if (typeof content === 'string') return Buffer.byteLength(content)
  return (content ?? []).reduce((sum, part) => sum + (part.type === 'text' ? Buffer.byteLength(part.text) : 0), 0)
}
