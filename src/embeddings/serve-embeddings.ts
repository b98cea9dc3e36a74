import { GatewayError } from '../chat/gateway-error.ts'
import type { RequestLimits } from '../chat/serve-chat.ts'
import type { Visit } from '../chat/visit.ts'
import type { Batches } from './batches.ts'
import type { EmbeddingsReply, EmbeddingsRequest } from './embeddings-request.ts'
import type { EmbeddingsUpstream } from './embeddings-upstream.ts'
import { fitInputs } from './fit-inputs.ts'

export interface EmbeddingsParts {
  readonly limits: RequestLimits<EmbeddingsRequest>
  readonly batches: Batches
  readonly upstream: EmbeddingsUpstream
}

/** Answers a request; throws GatewayError. The entry is settled whatever the end. */
export type ServeEmbeddings = (request: EmbeddingsRequest, visit: Visit) => Promise<EmbeddingsReply>

export function createServeEmbeddings({ limits, batches, upstream }: EmbeddingsParts): ServeEmbeddings {
  return async function serveEmbeddings(request, visit) {
    const { entry, signal } = visit
    try {
      visit.allowance = limits.enter(visit, request)
      const fitted = await fitInputs(request, upstream, signal)
      const reply = await batches.embed(fitted, visit)
      entry.settle('completed')
      return reply
    } catch (thrown) {
      const failure = GatewayError.from(signal.aborted ? signal.reason : thrown)
      entry.settle(failure.kind === 'abandoned' ? 'abandoned' : 'failed')
      throw failure
    }
  }
}
