import { createPlaces } from '../admission/places.ts'
import type { ChatRequest } from '../chat/chat-request.ts'
import { createCountTokens } from '../chat/count-tokens.ts'
import { createServeChat } from '../chat/serve-chat.ts'
import type { ChatService } from '../chat/services.ts'
import { watchAnswers } from '../upstream/answer-watch.ts'
import { createChatUpstream } from '../upstream/chat-upstream.ts'
import { createContextWindow } from '../upstream/context-window.ts'
import { estimatePrompt } from '../upstream/estimate-prompt.ts'
import { createModelCards } from '../upstream/model-cards.ts'
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

export function assembleChatService(
  settings: SettingsOf<'chat'>,
  { log, mediaOf, limits, card }: ServiceParts,
): Assembled<ChatService> {
  const { name, aliases, timeouts, thinkingOnly } = settings
  const servers = createModelServers({ ...serversOf(settings), ...serverTales(log, settings) })
  const modelCards = createModelCards({
    servers: servers.all,
    model: settings.model,
    contextWindow: settings.contextWindow,
    onChange: (state, cause) => tellUpstream(log, settings, state, cause),
    onOtherModel: tellOtherModels(log, settings),
  })
  const contextWindow = createContextWindow({ servers, modelCards })
  const openPlaces = () => createPlaces({ placesMax: settings.places, queueMax: settings.queue })
  const admission = openPlaces()
  const { count, fitExactly } = contextWindow
  const upstream = watchAnswers(
    createChatUpstream({ servers, modelCards, limits: timeouts, fitExactly, thinkingOnly }),
    (failing, cause) => tellUpstream(log, settings, failing ? 'failing' : 'ready', cause),
  )
  const serveChat = createServeChat({
    media: mediaOf(settings.remoteImages),
    contextWindow,
    limits: limits.requestLimits(weighing(card, demandOf)),
    admission,
    upstream,
  })
  const status = () => ({
    upstream: modelCards.state === 'ready' && upstream.failing ? ('failing' as const) : modelCards.state,
    model: modelCards.known?.model ?? null,
    contextWindow: modelCards.known?.contextWindow ?? null,
    running: admission.running,
    waiting: admission.waiting,
  })
  const policy = policyOf(settings)
  return {
    service: {
      ...{ kind: 'chat', name, aliases, policy, status },
      upstreams: servers.upstreams,
      serveChat,
      countTokens: createCountTokens({ limits, admission: openPlaces(), count }),
    },
    start: modelCards.start,
    async stop() {
      modelCards.stop()
      await servers.close()
    },
  }
}

function demandOf(request: ChatRequest) {
  const completionTokens = request.max_completion_tokens * (request.n ?? 1)
  return { promptTokens: estimatePrompt(request), completionTokens }
}

function policyOf(settings: SettingsOf<'chat'>): ChatService['policy'] {
  return {
    ...settings,
    remoteImages: settings.remoteImages.enabled,
    geminiEndWithDone: settings.gemini.endWithDone,
    stripBillingHeader: settings.anthropic.stripBillingHeader,
  }
}
