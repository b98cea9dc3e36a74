import type { ChatReply } from '../../chat/chat-reply.ts'
import type { Answer } from '../dialect.ts'
import { openaiUsage } from '../openai-usage.ts'

/** The text alone: thinking is never mixed into `response`. */
export function encodeReply({ choices, usage }: ChatReply, { model }: Answer<null>): string {
  return JSON.stringify({ response: choices[0]?.text ?? '', model, usage: openaiUsage(usage) })
}
