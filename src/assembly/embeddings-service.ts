import { createAnswerBatch } from '../embeddings/answer-batch.ts'
import { createBatches } from '../embeddings/batches.ts'
import type { EmbeddingsRequest } from '../embeddings/embeddings-request.ts'
import type { EmbeddingsService } from '../embeddings/embeddings-service.ts'
import { estimateTokens } from '../embeddings/estimate-tokens.ts'
import { createServeEmbeddings } from '../embeddings/serve-embeddings.ts'
import { createAnswerWatch } from '../upstream/answer-watch.ts'
import { createEmbeddingsCards } from '../upstream/embeddings-cards.ts'
import { createEmbeddingsUpstream } from '../upstream/embeddings-upstream.ts'
import { createModelServers } from '../upstream/model-servers.ts'
import { weighing } from '../usage/weighing.ts'
import {
  type Assembled,
  type ServiceParts,
  type SettingsOf,
  serversOf,
  serverTales,
  tellOtherModels,
  tellUpstream,
} from './service-parts.ts'

export function assembleEmbeddingsService(
  settings: SettingsOf<'embeddings'>,
  { log, limits, card }: ServiceParts,
): Assembled<EmbeddingsService> {
  const { name, aliases, places, queue, batch, timeouts } = settings
  const servers = createModelServers({ ...serversOf(settings), ...serverTales(log, settings) })
  const cards = createEmbeddingsCards({
    servers: servers.all,
    kind: settings.server,
    model: settings.model,
    inputTokens: settings.inputTokens,
    onChange: (state, cause) => tellUpstream(log, settings, state, cause),
    onOtherModel: tellOtherModels(log, settings),
  })
  const answers = createAnswerWatch((failing, cause) =>
    tellUpstream(log, settings, failing ? 'failing' : 'ready', cause),
  )
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
    upstream: cards.state === 'ready' && answers.failing ? ('failing' as const) : cards.state,
    model: cards.known?.model ?? null,
    contextWindow: cards.known?.inputTokens ?? null,
    running: batches.running,
    waiting: batches.waiting,
  })
  return {
    service: {
      ...{ kind: 'embeddings', name, aliases, status, policy: settings },
      upstreams: servers.upstreams,
      serveEmbeddings: createServeEmbeddings({
        limits: limits.requestLimits(weighing(card, demandOf)),
        batches,
        upstream,
      }),
    },
    start: cards.start,
    async stop() {
      cards.stop()
      await servers.close()
    },
  }
}

function demandOf({ inputs }: EmbeddingsRequest) {
  const promptTokens = inputs.reduce((sum, { content }) => sum + estimateTokens(content), 0)
  return { promptTokens, completionTokens: 0 }
}
