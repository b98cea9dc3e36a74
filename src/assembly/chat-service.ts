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

export function assembleChatService(
  settings: SettingsOf<'chat'>,
  { log, mediaOf, limits, card }: ServiceParts,
): Assembled<ChatService> {
  const { name, aliases, timeouts, thinkingOnly } = settings
  const servers = openServers(log, settings)
  const modelCards = createModelCards({
    servers: servers.all,
    model: settings.model,
    contextWindow: settings.contextWindow,
    ...cardTales(log, settings),
  })
  const openPlaces = () =>
    createPlaces({ placesMax: settings.places, queueMax: settings.queue, waitMaxMs: timeouts.totalMs })
  const [admission, countPlaces] = [openPlaces(), openPlaces()]
  const contextWindow = createContextWindow({ servers, modelCards, admission: countPlaces })
  const { count, fitExactly } = contextWindow
  const upstream = watchAnswers(
    createChatUpstream({ servers, modelCards, limits: timeouts, fitExactly, thinkingOnly }),
    answerTales(log, settings),
  )
  const serveChat = createServeChat({
    media: mediaOf(settings.remoteImages),
    contextWindow,
    limits: limits.requestLimits(weighing(card, (request) => demandOf(request, modelCards.known?.contextWindow))),
    admission,
    upstream,
  })
  const status = () => ({
    ...statusOf({ cards: modelCards, answers: upstream, admission }),
    contextWindow: modelCards.known?.contextWindow ?? null,
  })
  const policy = policyOf(settings)
  return {
    service: {
      ...{ kind: 'chat', name, aliases, policy, status },
      upstreams: servers.upstreams,
      serveChat,
      countTokens: createCountTokens({ limits, admission: countPlaces, count }),
    },
    ...inBackground(modelCards, servers),
  }
}

/** Before it is fitted, so that nothing may be left out: the prompt may be shorter than it is estimated, and leave more. */
function demandOf(request: ChatRequest, contextWindow = Number.POSITIVE_INFINITY) {
  const longest = Math.min(request.max_completion_tokens, contextWindow)
  return { promptTokens: estimatePrompt(request), completionTokens: longest * (request.n ?? 1) }
}

function policyOf(settings: SettingsOf<'chat'>): ChatService['policy'] {
  return {
    ...settings,
    remoteImages: settings.remoteImages.enabled,
    geminiEndWithDone: settings.gemini.endWithDone,
    stripBillingHeader: settings.anthropic.stripBillingHeader,
  }
}
