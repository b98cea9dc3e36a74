import { anthropicMessages } from './speakers/anthropic-messages.ts'
import { geminiList, geminiSse } from './speakers/gemini.ts'
import { legacyChat } from './speakers/legacy-chat.ts'
import { openaiChat } from './speakers/openai-chat.ts'
import { openaiResponses } from './speakers/openai-responses.ts'
import type { Speaker } from './speakers/speaker.ts'

/** Every dialect that the gateway speaks: joining this list is what tests a new one. */
export const dialects: readonly Speaker[] = [
  openaiChat,
  legacyChat,
  openaiResponses,
  anthropicMessages,
  geminiSse,
  geminiList,
]
