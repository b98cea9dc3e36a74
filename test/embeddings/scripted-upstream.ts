import { GatewayError } from '../../src/chat/gateway-error.ts'
import type { InputContent } from '../../src/embeddings/embeddings-request.ts'
import type { EmbeddingsCard, EmbeddingsUpstream } from '../../src/embeddings/embeddings-upstream.ts'

/** Model servers that answer when a test says so: a vector is the length of its input, a token a character. */
export interface ScriptedUpstream extends EmbeddingsUpstream {
  /** What was asked, oldest first. */
  readonly asked: readonly { readonly contents: readonly InputContent[]; readonly signal: AbortSignal }[]
  /** Answers the oldest that is not answered yet. */
  answer(): void
}

export interface Script {
  readonly card?: Partial<EmbeddingsCard>
  readonly counts?: boolean
}

export function createScriptedUpstream({ card = {}, counts = true }: Script = {}): ScriptedUpstream {
  const asked: ScriptedUpstream['asked'][number][] = []
  const waiting: (() => void)[] = []
  return {
    asked,
    counts,
    answer: () => waiting.shift()?.(),
    card: () => ({ model: 'm', inputTokens: null, isStrict: false, vocabulary: null, ...card }),
    embed(contents, signal) {
      asked.push({ contents, signal })
      return new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(GatewayError.from(signal.reason)), { once: true })
        waiting.push(() => {
          const vectors = contents.map(({ length }) => Float32Array.of(length))
          resolve({ vectors, promptTokens: contents.reduce((sum, { length }) => sum + length, 0) })
        })
      })
    },
    tokenize: async (text) => (counts ? Array.from(text, (character) => character.charCodeAt(0)) : undefined),
    cut: async (tokens, tokensMax) => tokens.slice(0, tokensMax),
  }
}
