/** The languages that clients speak, of which a key may name some. */
export const dialectNames = [
  'openai-chat',
  'legacy-chat',
  'anthropic-messages',
  'gemini',
  'openai-responses',
  'openai-embeddings',
  'openai-audio',
  'whisper-inference',
] as const
export type DialectName = (typeof dialectNames)[number]
