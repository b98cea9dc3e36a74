import type { ChatRequest } from './chat-request.ts'
import { countParts } from './count-parts.ts'

/** Images in all messages of a conversation, those included that are still to be fetched. */
export function countImages(messages: ChatRequest['messages']): number {
  return countParts(messages, 'image_url', 'remote_image')
}
