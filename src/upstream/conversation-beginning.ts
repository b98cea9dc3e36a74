import type { ChatMessage, ChatRequest, ContentPart } from '../chat/chat-request.ts'

/** Of each text this much is looked at, in characters: what differs only behind it is taken for the same. */
const lookedAt = 8192

/**
 * What a conversation keeps while turns are added to it, and what tells it from others: the tools' names, the system's
 * words and the first of the user's. The system's words alone would send everybody of one application to one server, and
 * they are in every server's cache anyway.
 */
export function conversationBeginning({ messages, tools }: ChatRequest): string {
  const first = messages.findIndex(({ role }) => role === 'user')
  const beginning = messages.slice(0, first === -1 ? 1 : first + 1)
  const names = tools?.map((tool) => tool.function.name).join() ?? ''
  return [names, ...beginning.map(wordsOf)].join('\0')
}

function wordsOf({ content }: ChatMessage): string {
  if (typeof content === 'string') return content.slice(0, lookedAt)
  return content?.map(signOf).join('\0') ?? ''
}

/** Media are told apart by their length and their end: their beginnings are alike. */
function signOf(part: ContentPart): string {
  switch (part.type) {
    case 'text':
      return part.text.slice(0, lookedAt)
    case 'image_url':
      return endOf(part.image_url.url)
    case 'remote_image':
      return part.url
    case 'input_audio':
      return endOf(part.input_audio.data)
    default:
      return part satisfies never
  }
}

function endOf(data: string): string {
  return `${data.length}:${data.slice(-64)}`
}
