import type { InputContent } from '../embeddings/embeddings-request.ts'
import type { Embedded, EmbeddingsUpstream } from '../embeddings/embeddings-upstream.ts'
import type { AnswerWatch } from './answer-watch.ts'
import { readEmbeddings } from './embeddings-answer.ts'
import type { EmbeddingsCards } from './embeddings-cards.ts'
import { embeddingsFailure } from './embeddings-failure.ts'
import { createLearntLimit } from './embeddings-limit.ts'
import { createServerTokenizer } from './embeddings-tokenizer.ts'
import type { ModelServers } from './model-servers.ts'
import { throwBreak } from './vllm-failure.ts'

export interface EmbeddingsUpstreamOptions {
  readonly servers: ModelServers
  readonly cards: EmbeddingsCards
  readonly watch: AnswerWatch['watch']
}

/** The vectors of the largest batch are shorter, in bytes. */
const answerMax = 134_217_728
const refusalMax = 65_536

/** Asks vLLM and llama-server alike: what is different with them is only what they say. */
export function createEmbeddingsUpstream({ servers, cards, watch }: EmbeddingsUpstreamOptions): EmbeddingsUpstream {
  const tokenizer = createServerTokenizer(servers, cards)
  const learnt = createLearntLimit()

  /** In base64, because parsing a number takes longer than decoding one; whole, because not all servers can cut. */
  async function embed(contents: readonly InputContent[], signal: AbortSignal): Promise<Embedded> {
    const { model } = await cards.current()
    const body = JSON.stringify({ model, input: contents.map(wellFormed), encoding_format: 'base64' })
    const answer = await servers.ask({ method: 'POST', path: '/v1/embeddings', body }, signal)
    if (answer.status === 200) return readEmbeddings(await answer.body.text(answerMax), contents.length)
    const failure = embeddingsFailure(answer.status, await answer.body.text(refusalMax))
    if (failure.overflow !== undefined) learnt.note(failure.overflow.contextWindow)
    throw failure
  }

  return {
    card() {
      const card = cards.current()
      return card instanceof Promise ? card.then(learnt.apply) : learnt.apply(card)
    },
    embed: (contents, signal) => watch(embed(contents, signal).catch(throwBreak), signal),
    ...tokenizer,
    get counts() {
      return tokenizer.counts
    },
  }
}

/** Half a character is no text: llama-server fails at a whole batch that has one. */
function wellFormed(content: InputContent): InputContent {
  return typeof content === 'string' ? content.toWellFormed() : content
}
