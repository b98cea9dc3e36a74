import type { ChatPolicy } from '../../src/chat/chat-policy.ts'

/** The owner's words in these tests. */
export const policy: ChatPolicy = {
  defaults: { temperature: 0.7, top_p: 0.9, top_k: 40, max_tokens: 1024, enable_thinking: false },
  maxTokens: 8192,
  maxChoices: 4,
  maxImages: 2,
  maxAudio: 1,
  remoteImages: false,
}
