import * as z from 'zod'
import type { EmbeddingsUpstream } from '../embeddings/embeddings-upstream.ts'
import type { EmbeddingsCards } from './embeddings-cards.ts'
import type { ModelServers } from './model-servers.ts'

export type ServerTokenizer = Pick<EmbeddingsUpstream, 'tokenize' | 'cut' | 'counts'>

const answerSchema = z.object({ tokens: z.array(z.int().min(0)) })
const tokenizeMs = 10_000
/** Statuses of a server that has no such route, or has it switched off. */
const missing: ReadonlySet<number> = new Set([404, 405, 501])

/** Asks the servers' own tokenizer. Its failures are no request's: what it cannot tell is not known. */
export function createServerTokenizer(servers: ModelServers, cards: EmbeddingsCards): ServerTokenizer {
  let counts = true
  /** What an empty text has: the marks at the beginning, and at the end where there are two. */
  let marks: readonly number[] | undefined

  async function ask(asked: string, signal: AbortSignal): Promise<readonly number[] | undefined> {
    const { model } = await cards.current()
    const text = asked.toWellFormed()
    // vLLM reads `prompt`, llama-server `content`; each passes over what it does not know.
    const body = JSON.stringify({ model, prompt: text, content: text, add_special: true, add_special_tokens: true })
    const limited = AbortSignal.any([signal, AbortSignal.timeout(tokenizeMs)])
    const answer = await servers.ask({ method: 'POST', path: '/tokenize', body, withoutModel: true }, limited)
    const told = await answer.body.text()
    counts = !missing.has(answer.status)
    return answer.status === 200 ? answerSchema.parse(JSON.parse(told)).tokens : undefined
  }

  async function tokenize(text: string, signal: AbortSignal): Promise<readonly number[] | undefined> {
    return ask(text, signal).catch(() => undefined)
  }

  return {
    get counts() {
      return counts
    },
    tokenize,
    async cut(tokens, tokensMax, signal) {
      if (tokens.length <= tokensMax) return tokens
      marks ??= await tokenize('', signal)
      const end = marks !== undefined && marks.length > 1 ? marks.at(-1) : undefined
      const isMarked = end !== undefined && tokens.at(-1) === end
      return isMarked ? [...tokens.slice(0, tokensMax - 1), end] : tokens.slice(0, tokensMax)
    },
  }
}
