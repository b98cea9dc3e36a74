import type { ChatMessage } from '../chat/chat-request.ts'

/** Says something to the model at the end of the newest message, so that the prompt before it stays the same for the prefix cache. */
export function appendWords(messages: readonly ChatMessage[], words: string): ChatMessage[] {
  const last = messages.findLastIndex(({ role }) => role === 'user' || role === 'tool')
  if (last === -1) return [...messages, { role: 'user', content: words }]
  return messages.map((message, index) => (index === last ? appendText(message, words) : message))
}

function appendText(message: ChatMessage, words: string): ChatMessage {
  if (message.role !== 'user' && message.role !== 'tool') return message
  if (typeof message.content === 'string') return { ...message, content: `${message.content}\n\n${words}` }
  return { ...message, content: [...message.content, { type: 'text', text: words }] }
}
