import { onTestFinished } from 'vitest'
import { createPlaces } from '../../src/admission/places.ts'
import type { ChatEvent } from '../../src/chat/chat-event.ts'
import { type ChatReply, createReplyFold } from '../../src/chat/chat-reply.ts'
import type { ChatRequest } from '../../src/chat/chat-request.ts'
import type { RecordedRequest } from '../../src/simulator/exchange/recorder.ts'
import type { Simulator } from '../../src/simulator/simulator.ts'
import type { SimulatorOptions } from '../../src/simulator/simulator-options.ts'
import type { ThinkingOnly } from '../../src/upstream/answer-rules.ts'
import { createChatUpstream } from '../../src/upstream/chat-upstream.ts'
import { createContextWindow, type MeasuredContextWindow } from '../../src/upstream/context-window.ts'
import type { DeadlineLimits } from '../../src/upstream/deadlines.ts'
import { createModelCards } from '../../src/upstream/model-cards.ts'
import { createModelServers, type ModelServers, type ModelServersOptions } from '../../src/upstream/model-servers.ts'
import { createVllmServer, type VllmServer } from '../../src/upstream/vllm-server.ts'
import { type OpenVisit, openVisit } from '../chat/open-visit.ts'
import { runSimulator } from '../simulator/running-simulator.ts'
import { deliveriesOf } from '../support/deliveries.ts'

/** The upstream room in front of a real server, for one test. */
export interface RunningUpstream {
  readonly simulator: Simulator
  readonly url: string
  readonly servers: ModelServers
  readonly contextWindow: MeasuredContextWindow
  /** Asks as the request stands, to the end of the answer. */
  ask(request: ChatRequest, visit?: OpenVisit): Promise<ChatEvent[]>
  /** Fits the request first, as the house does. */
  askFitted(request: ChatRequest, visit?: OpenVisit): Promise<ChatEvent[]>
  /** What reached the server at a path, oldest first. */
  asked(path: string): readonly RecordedRequest[]
}

export const chatPath = '/v1/chat/completions'

const patient: DeadlineLimits = { firstEventMs: 10_000, idleMs: 10_000, totalMs: 10_000 }

export function startServer(url: string, apiKey: string | null = null): VllmServer {
  const server = createVllmServer({ url, apiKey, connectMs: 2000 })
  onTestFinished(() => server.close())
  return server
}

export function startServers(urls: readonly string[], options: Partial<ModelServersOptions> = {}): ModelServers {
  const servers = createModelServers({ urls, apiKey: null, connectMs: 2000, balance: 'prefix', ...options })
  onTestFinished(() => servers.close())
  return servers
}

export function connectUpstream(
  servers: ModelServers,
  limits: Partial<DeadlineLimits> = {},
  thinkingOnly: ThinkingOnly = 'retry',
) {
  const modelCards = createModelCards({
    servers: servers.all,
    model: null,
    contextWindow: null,
    onChange: () => undefined,
  })
  const contextWindow = createContextWindow({
    servers,
    modelCards,
    admission: createPlaces({ placesMax: 2, queueMax: 100, waitMaxMs: 60_000 }),
  })
  const { fitExactly } = contextWindow
  const parts = { servers, modelCards, limits: { ...patient, ...limits }, fitExactly, thinkingOnly }
  const upstream = createChatUpstream(parts)
  const ask = async (request: ChatRequest, visit = openVisit()) =>
    (await deliveriesOf((deliver) => upstream.answer(request, visit, deliver))).flat()
  return { upstream, modelCards, contextWindow, ask }
}

export async function runUpstream(
  options: Partial<SimulatorOptions> = {},
  limits: Partial<DeadlineLimits> = {},
): Promise<RunningUpstream> {
  const { simulator, url } = await runSimulator(options)
  const servers = startServers([url], { apiKey: options.apiKey ?? null })
  const { ask, contextWindow } = connectUpstream(servers, limits)
  return {
    simulator,
    url,
    servers,
    contextWindow,
    ask,
    async askFitted(request, visit = openVisit()) {
      return ask(await contextWindow.fit(request, visit), visit)
    },
    asked: (path) => simulator.requests.filter((request) => request.path === path),
  }
}

export function replyOf(events: readonly ChatEvent[]): ChatReply {
  const fold = createReplyFold()
  fold.add(events)
  return fold.reply()
}

export function textOf(events: readonly ChatEvent[]): string {
  return replyOf(events).choices[0]?.text ?? ''
}
