import type { EmbeddingsCard } from '../embeddings/embeddings-upstream.ts'

/** What a server has said of the longest input when it met a longer one. */
export interface LearntLimit {
  note(tokensMax: number): void
  /** The card with it. */
  apply(card: EmbeddingsCard): EmbeddingsCard
}

/** No server is made for less: who says so was misunderstood. */
const leastBelieved = 16
/** A server that was started anew may take more. */
const believedMs = 600_000

/**
 * llama-server works on no more tokens at once than it tells nobody, and calls a longer input a failure of its own: the
 * first is told of, the others are counted before they are sent.
 */
export function createLearntLimit(now = () => performance.now()): LearntLimit {
  let learnt: { readonly tokensMax: number; readonly until: number } | undefined
  return {
    note(tokensMax) {
      if (tokensMax < leastBelieved) return
      learnt = { tokensMax, until: now() + believedMs }
    },
    apply(card) {
      if (learnt === undefined || learnt.until < now()) return card
      const { tokensMax } = learnt
      return card.inputTokens === null || tokensMax < card.inputTokens
        ? { ...card, inputTokens: tokensMax, isStrict: true }
        : card
    },
  }
}
