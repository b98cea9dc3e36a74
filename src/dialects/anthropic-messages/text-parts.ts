import type { ContentPart } from '../../chat/chat-request.ts'

/** What stands between blocks of text that the caller keeps apart. */
export const blockGap = '\n\n'

/**
 * Content in one form, whatever form it was sent in: neighbouring texts are one, and text alone is a string. Clients send
 * the same message as a list in one turn and as a string in the next, and the prefix cache lives on it staying the same.
 */
export function joinTexts(parts: readonly ContentPart[]): string | readonly ContentPart[] {
  const joined: ContentPart[] = []
  for (const part of parts) {
    const last = joined.at(-1)
    if (part.type === 'text' && part.text === '') continue
    if (part.type !== 'text' || last?.type !== 'text') joined.push(part)
    else joined[joined.length - 1] = { type: 'text', text: last.text + blockGap + part.text }
  }
  const [first, ...rest] = joined
  if (first === undefined) return ''
  return rest.length === 0 && first.type === 'text' ? first.text : joined
}

export function textPart(text: string): ContentPart {
  return { type: 'text', text }
}
