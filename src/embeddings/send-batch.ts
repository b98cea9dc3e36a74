import type { BatchItem } from './asking.ts'
import type { Embedded, EmbeddingsUpstream } from './embeddings-upstream.ts'
import { estimateTokens } from './estimate-tokens.ts'
import { shareTokens } from './share-tokens.ts'

/** How long the tokenizer may take where the model has answered; then the tokens are shared by estimate. */
const countMs = 2000

/**
 * Has a batch answered, and tells each of its requests its vectors and its tokens. The model server tells the tokens of all
 * together: its tokenizer is asked beside it for those of each, where there are several.
 */
export async function sendBatch(
  items: readonly BatchItem[],
  upstream: EmbeddingsUpstream,
  signal: AbortSignal,
): Promise<void> {
  const shares = [...Map.groupBy(items, ({ asking }) => asking).values()]
  const counting = shares.length === 1 ? undefined : countShares(shares, upstream, signal)
  const embedded = await upstream.embed(
    items.map(({ content }) => content),
    signal,
  )
  tellShares(items, shares, embedded, await counting)
}

function tellShares(
  items: readonly BatchItem[],
  shares: readonly (readonly BatchItem[])[],
  { vectors, promptTokens }: Embedded,
  counted: readonly (number | undefined)[] = [],
): void {
  const { tokens, isExact } = shareTokens(
    promptTokens,
    shares.map((share, at) => {
      const estimated = share.reduce((sum, { content }) => sum + estimateTokens(content), 0)
      return { counted: counted[at], estimated, inputs: share.length }
    }),
  )
  const vectorOf = new Map(items.map((item, at) => [item, vectors[at]] as const))
  for (const [at, share] of shares.entries()) {
    const own = share.map((item) => vectorOf.get(item)).filter((vector) => vector !== undefined)
    share[0]?.asking.note({ items: share, vectors: own, promptTokens: tokens[at] ?? 0, isExact })
  }
}

/** Undefined for those that somebody's tokens are missing of. */
function countShares(
  shares: readonly (readonly BatchItem[])[],
  upstream: EmbeddingsUpstream,
  signal: AbortSignal,
): Promise<(number | undefined)[]> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(countMs)])
  return Promise.all(shares.map((share) => countShare(share, upstream, limited)))
}

async function countShare(
  share: readonly BatchItem[],
  upstream: EmbeddingsUpstream,
  signal: AbortSignal,
): Promise<number | undefined> {
  const counts = await Promise.all(
    share.map(({ content }) =>
      typeof content === 'string'
        ? upstream.tokenize(content, signal).then((tokens) => tokens?.length)
        : Promise.resolve(content.length),
    ),
  )
  return counts.reduce((sum, count) => (sum === undefined || count === undefined ? undefined : sum + count), 0)
}
