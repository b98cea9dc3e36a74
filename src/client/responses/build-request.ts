import type { Question, Turn } from '../conversation.ts'

export function buildRequest(model: string, { system, turns, thinking, tokensMax }: Question): unknown {
  return {
    model,
    instructions: system,
    input: turns.map(itemOf),
    max_output_tokens: tokensMax,
    reasoning:
      thinking === undefined ? undefined : thinking ? { effort: 'medium', summary: 'auto' } : { effort: 'none' },
    stream: true,
    // The client keeps the conversation itself.
    store: false,
  }
}

function itemOf({ role, text, images }: Turn): unknown {
  if (role === 'assistant') return { role, content: [{ type: 'output_text', text }] }
  const parts = images.map(({ mediaType, base64 }) => ({
    type: 'input_image',
    image_url: `data:${mediaType};base64,${base64}`,
  }))
  return { role, content: [...parts, { type: 'input_text', text }] }
}
