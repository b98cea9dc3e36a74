import * as z from 'zod'
import { GatewayError } from '../chat/gateway-error.ts'
import type { VllmServer } from './vllm-server.ts'

/** What is known of the model that a service's servers run. */
export interface ModelCard {
  readonly model: string
  /** Prompt and reply together, in tokens. */
  readonly contextWindow: number
}

export interface ModelCardsOptions {
  readonly servers: readonly VllmServer[]
  /** The owner's words, which beat what the servers say. */
  readonly model: string | null
  readonly contextWindow: number | null
  /** Told of every change of state, and once of the first wait, for the log. */
  onChange(state: UpstreamState, cause: unknown): void
}

/** `waiting`: never answered since the start. `unreachable`: did answer, but not now. */
export type UpstreamState = 'waiting' | 'ready' | 'unreachable'

/** Keeps the model card in memory, asked for in the background, so that no request waits for it once it is known. */
export interface ModelCards {
  readonly state: UpstreamState
  readonly known: ModelCard | undefined
  /** The card, asked for now where it is not known yet. Throws `upstream-unavailable`. */
  current(): ModelCard | Promise<ModelCard>
  start(): void
  stop(): void
}

const refreshMs = 10_000
const retryMs = 1000
const askMs = 5000
const listMaxLength = 262_144

const modelList = z.object({
  data: z.array(z.object({ id: z.string(), max_model_len: z.int().positive().nullish() })).min(1),
})

export function createModelCards({ servers, model, contextWindow, onChange }: ModelCardsOptions): ModelCards {
  let known: ModelCard | undefined
  let state: UpstreamState = 'waiting'
  let told: UpstreamState | undefined
  let timer: NodeJS.Timeout | undefined
  let refreshing: Promise<ModelCard> | undefined
  const stopping = new AbortController()

  function become(next: UpstreamState, cause?: unknown): void {
    state = next
    if (next === told) return
    told = next
    onChange(next, cause)
  }

  async function askFirst(): Promise<ModelCard> {
    let failure: unknown
    for (const server of servers) {
      try {
        return await readCard(server, AbortSignal.any([stopping.signal, AbortSignal.timeout(askMs)]))
      } catch (thrown) {
        failure = thrown
      }
    }
    throw failure
  }

  async function readCard(server: VllmServer, signal: AbortSignal): Promise<ModelCard> {
    const answer = await server.ask({ method: 'GET', path: '/v1/models' }, signal)
    const text = await answer.body.text(listMaxLength)
    if (answer.status !== 200) throw notReady(new Error(`GET /v1/models answered ${answer.status}`))
    const { data } = modelList.parse(JSON.parse(text))
    const card = data.find(({ id }) => id === model) ?? data[0]
    const window = contextWindow ?? card?.max_model_len
    if (card === undefined || window == null) throw notReady(new Error('the model list tells no max_model_len'))
    return { model: model ?? card.id, contextWindow: window }
  }

  async function refresh(): Promise<ModelCard> {
    try {
      known = await askFirst()
      become('ready')
      return known
    } catch (thrown) {
      if (!stopping.signal.aborted) become(known === undefined ? 'waiting' : 'unreachable', thrown)
      throw notReady(thrown)
    } finally {
      refreshing = undefined
    }
  }

  function refreshOnce(): Promise<ModelCard> {
    refreshing ??= refresh()
    return refreshing
  }

  async function watch(): Promise<void> {
    await refreshOnce().catch(() => undefined)
    if (stopping.signal.aborted) return
    timer = setTimeout(watch, state === 'ready' ? refreshMs : retryMs)
    timer.unref()
  }

  return {
    get state() {
      return state
    },
    get known() {
      return known
    },
    current: () => known ?? refreshOnce(),
    start() {
      void watch()
    },
    stop() {
      stopping.abort()
      clearTimeout(timer)
    },
  }
}

function notReady(cause: unknown): GatewayError {
  const message = 'The model server is not ready yet.'
  return new GatewayError('upstream-unavailable', message, { cause, retryAfterSeconds: 2 })
}
