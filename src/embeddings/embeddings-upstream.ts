import type { InputContent } from './embeddings-request.ts'

/** What is known of the model that a service's servers run. */
export interface EmbeddingsCard {
  readonly model: string
  /** The longest input in tokens: the smallest of the servers' words, or the owner's; null where nobody says. */
  readonly inputTokens: number | null
  /** True where the servers would not refuse what is longer, or would fail at it: it is never to reach them. */
  readonly isStrict: boolean
  /** Ids of tokens are below; null where nobody says. */
  readonly vocabulary: number | null
}

/** The model servers of one service. All throw GatewayError. */
export interface EmbeddingsUpstream {
  /** The card, asked for now where it is not known yet. Throws `upstream-unavailable`. */
  card(): EmbeddingsCard | Promise<EmbeddingsCard>
  /** Whole vectors in the order of the inputs. An input that is too long is a `context-overflow`. */
  embed(contents: readonly InputContent[], signal: AbortSignal): Promise<Embedded>
  /** The tokens of a text as the model is given them; undefined where nobody can say now. */
  tokenize(text: string, signal: AbortSignal): Promise<readonly number[] | undefined>
  /** The first tokens of a text with the mark that ends a whole one. */
  cut(tokens: readonly number[], tokensMax: number, signal: AbortSignal): Promise<readonly number[]>
  /** False where the servers turned out to have no tokenizer to ask. */
  readonly counts: boolean
}

export interface Embedded {
  readonly vectors: readonly Float32Array[]
  /** Of all inputs together. */
  readonly promptTokens: number
}
