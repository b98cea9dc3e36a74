import { GatewayError } from '../chat/gateway-error.ts'
import type { RequestLimits } from '../chat/serve-chat.ts'
import type { Visit } from '../chat/visit.ts'
import type { Batches } from './batches.ts'
import type { EmbeddingsReply, EmbeddingsRequest } from './embeddings-request.ts'
import { type FitParts, fitInputs } from './fit-inputs.ts'

export interface EmbeddingsParts extends FitParts {
  readonly limits: RequestLimits<EmbeddingsRequest>
  readonly batches: Batches
}

/** Answers a request; throws GatewayError. The entry is settled whatever the end. */
export type ServeEmbeddings = (request: EmbeddingsRequest, visit: Visit) => Promise<EmbeddingsReply>

export function createServeEmbeddings({ limits, batches, ...fitting }: EmbeddingsParts): ServeEmbeddings {
  return async function serveEmbeddings(request, visit) {
    const { entry, signal } = visit
    try {
      visit.allowance = limits.enter(visit, request)
      const fitted = await fitInputs(request, fitting, visit)
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
