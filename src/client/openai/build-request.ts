import type { Question, Turn } from '../conversation.ts'

export function buildRequest(model: string, { system, turns, thinking, tokensMax }: Question): unknown {
  const before = system === undefined ? [] : [{ role: 'system', content: system }]
  return {
    model,
    messages: [...before, ...turns.map(messageOf)],
    stream: true,
    stream_options: { include_usage: true },
    max_completion_tokens: tokensMax,
    reasoning_effort: thinking === undefined ? undefined : thinking ? 'medium' : 'none',
  }
}

function messageOf({ role, text, images }: Turn): unknown {
  if (images.length === 0) return { role, content: text }
  const parts = images.map(({ mediaType, base64 }) => ({
    type: 'image_url',
    image_url: { url: `data:${mediaType};base64,${base64}` },
  }))
  return { role, content: [...parts, { type: 'text', text }] }
}
