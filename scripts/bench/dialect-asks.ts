import { askFor, prompt } from './vllm-shapes.ts'

/** How a stream is asked for in one dialect. */
export interface DialectAsk {
  readonly path: string
  /** The body, with the pace in milliseconds where every gateway lets it pass. */
  body(paceMs: number): string
}

const text = (paceMs: number) => prompt(paceMs)

export const chatAsk: DialectAsk = { path: '/v1/chat/completions', body: (paceMs) => askFor(true, paceMs) }

/** Every dialect that streams, by its name; the same answer is asked for in each. */
export const dialectAsks = {
  'openai-chat': chatAsk,
  'legacy-chat': { path: '/chat', body: (paceMs) => JSON.stringify({ prompt: text(paceMs), stream: true }) },
  'anthropic-messages': {
    path: '/v1/messages',
    body: (paceMs) =>
      JSON.stringify({ max_tokens: 512, stream: true, messages: [{ role: 'user', content: text(paceMs) }] }),
  },
  gemini: {
    path: '/v1beta/models/gemma4:streamGenerateContent?alt=sse',
    body: (paceMs) => JSON.stringify({ contents: [{ parts: [{ text: text(paceMs) }] }] }),
  },
  'openai-responses': {
    path: '/v1/responses',
    body: (paceMs) => JSON.stringify({ model: 'gemma4', input: text(paceMs), stream: true, store: false }),
  },
} satisfies Record<string, DialectAsk>
