import type { Question, Turn } from '../conversation.ts'

/** The dialect wants a bound; every model of Anthropic's own that is served allows this one. */
const tokensMaxUnlessGiven = 8192

export function buildRequest(model: string, { system, turns, thinking, tokensMax }: Question): unknown {
  return {
    model,
    max_tokens: tokensMax ?? tokensMaxUnlessGiven,
    system,
    messages: turns.map(messageOf),
    thinking:
      thinking === undefined
        ? undefined
        : thinking
          ? { type: 'adaptive', display: 'summarized' }
          : { type: 'disabled' },
    stream: true,
  }
}

function messageOf({ role, text, images }: Turn): unknown {
  const parts = images.map(({ mediaType, base64 }) => ({
    type: 'image',
    source: { type: 'base64', media_type: mediaType, data: base64 },
  }))
  return { role, content: [...parts, { type: 'text', text }] }
}
