import { createPlaces } from '../admission/places.ts'
import { createAnswerBatch } from '../embeddings/answer-batch.ts'
import { createBatches } from '../embeddings/batches.ts'
import type { EmbeddingsRequest } from '../embeddings/embeddings-request.ts'
import type { EmbeddingsService } from '../embeddings/embeddings-service.ts'
import { estimateTokens } from '../embeddings/estimate-tokens.ts'
import { createServeEmbeddings } from '../embeddings/serve-embeddings.ts'
import { createAnswerWatch } from '../upstream/answer-watch.ts'
import { createEmbeddingsCards } from '../upstream/embeddings-cards.ts'
import { createEmbeddingsUpstream } from '../upstream/embeddings-upstream.ts'
import { weighing } from '../usage/weighing.ts'
import {
  type Assembled,
  answerTales,
  cardTales,
  inBackground,
  openServers,
  type ServiceParts,
  type SettingsOf,
  statusOf,
} from './service-parts.ts'

export function assembleEmbeddingsService(
  settings: SettingsOf<'embeddings'>,
  { log, limits, card }: ServiceParts,
): Assembled<EmbeddingsService> {
  const { name, aliases, places, queue, batch, timeouts } = settings
  const servers = openServers(log, settings)
  const cards = createEmbeddingsCards({
    servers: servers.all,
    kind: settings.server,
    model: settings.model,
    inputTokens: settings.inputTokens,
    ...cardTales(log, settings),
  })
  const answers = createAnswerWatch(answerTales(log, settings))
  const upstream = createEmbeddingsUpstream({ servers, cards, watch: answers.watch })
  const batches = createBatches({
    ...batch,
    answer: createAnswerBatch(upstream),
    mixes: () => upstream.counts,
    placesMax: places,
    queueMax: queue,
    totalMs: timeouts.totalMs,
  })
  const status = () => ({
    ...statusOf({ cards, answers, admission: batches }),
    contextWindow: cards.known?.inputTokens ?? null,
  })
  return {
    service: {
      ...{ kind: 'embeddings', name, aliases, status, policy: settings },
      upstreams: servers.upstreams,
      serveEmbeddings: createServeEmbeddings({
        limits: limits.requestLimits(weighing(card, demandOf)),
        batches,
        upstream,
        measuring: createPlaces({ placesMax: places, queueMax: queue, waitMaxMs: timeouts.totalMs }),
      }),
    },
    ...inBackground(cards, servers),
  }
}

function demandOf({ inputs }: EmbeddingsRequest) {
  const promptTokens = inputs.reduce((sum, { content }) => sum + estimateTokens(content), 0)
  return { promptTokens, completionTokens: 0 }
}
