import type { ChatRequest, ContentPart } from './chat-request.ts'

/** Images in all messages of a conversation. */
export function countImages(messages: ChatRequest['messages']): number {
  return messages.reduce((sum, { content }) => sum + imagesIn(content), 0)
}

function imagesIn(content: string | null | readonly ContentPart[]): number {
  return Array.isArray(content) ? content.filter(({ type }) => type === 'image_url').length : 0
}
