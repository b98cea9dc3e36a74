import type { Question, Turn } from '../conversation.ts'

export function buildRequest({ system, turns, thinking, tokensMax }: Question): unknown {
  return {
    contents: turns.map(contentOf),
    systemInstruction: system === undefined ? undefined : { parts: [{ text: system }] },
    generationConfig: {
      maxOutputTokens: tokensMax,
      // -1 leaves the amount to the model.
      thinkingConfig:
        thinking === undefined
          ? undefined
          : thinking
            ? { includeThoughts: true, thinkingBudget: -1 }
            : { thinkingBudget: 0 },
    },
  }
}

function contentOf({ role, text, images }: Turn): unknown {
  const parts = images.map(({ mediaType, base64 }) => ({ inlineData: { mimeType: mediaType, data: base64 } }))
  return { role: role === 'assistant' ? 'model' : 'user', parts: [...parts, { text }] }
}
