import type { ChatRequest, ContentPart } from './chat-request.ts'

/** Parts of these types in all messages of a conversation. */
export function countParts(messages: ChatRequest['messages'], ...types: readonly ContentPart['type'][]): number {
  return messages.reduce((sum, { content }) => sum + partsIn(content, types), 0)
}

function partsIn(content: string | null | readonly ContentPart[], types: readonly ContentPart['type'][]): number {
  return Array.isArray(content) ? content.filter(({ type }) => types.includes(type)).length : 0
}
