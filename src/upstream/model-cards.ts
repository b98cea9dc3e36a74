import * as z from 'zod'
import type { ModelServer } from './balance/model-server.ts'
import { createServiceModel } from './balance/service-model.ts'
import { createServerCards, type ServerCards } from './server-cards.ts'
import type { UpstreamState } from './server-looks.ts'
import type { VllmServer } from './vllm-server.ts'

/** What is known of the model that a service's servers run. */
export interface ModelCard {
  readonly model: string
  /** Prompt and reply together, in tokens: the smallest of the servers'. */
  readonly contextWindow: number
}

export interface ModelCardsOptions {
  readonly servers: readonly ModelServer[]
  /** The owner's words, which beat what the servers say. */
  readonly model: string | null
  readonly contextWindow: number | null
  /** Told of every change of state, and once of the first wait, for the log. */
  onChange(state: UpstreamState, cause: unknown): void
  /** A server runs another model than the service, and gets no requests; or not any more. */
  onOtherModel?(url: string, models: readonly string[] | undefined): void
}

export type ModelCards = ServerCards<ModelCard>

const listMaxLength = 262_144

const modelList = z.object({
  data: z.array(z.object({ id: z.string(), max_model_len: z.int().positive().nullish() })).min(1),
})

type ListedModels = z.output<typeof modelList>['data']

export function createModelCards(options: ModelCardsOptions): ModelCards {
  const { servers, model: wanted, contextWindow, onChange, onOtherModel } = options
  const serviceModel = createServiceModel({ servers, wanted, onOtherModel })
  const lists = new Map<VllmServer, ListedModels>()

  async function look(server: VllmServer, signal: AbortSignal): Promise<ModelCard> {
    const list = await readList(server, signal)
    if (windowOf(list, wanted) === undefined) throw new Error('the model list tells no max_model_len')
    lists.set(server, list)
    const names = list.map(({ id }) => id)
    return cardOf(serviceModel.note(server, names))
  }

  function windowOf(list: ListedModels, model: string | null): number | undefined {
    return contextWindow ?? (list.find(({ id }) => id === model) ?? list[0])?.max_model_len ?? undefined
  }

  function cardOf(model: string): ModelCard {
    const windows = servers
      .filter(({ otherModel }) => !otherModel)
      .flatMap(({ server }) => windowOf(lists.get(server) ?? [], model) ?? [])
    return { model, contextWindow: Math.min(...windows) }
  }

  return createServerCards({ servers, look, onChange })
}

async function readList(server: VllmServer, signal: AbortSignal): Promise<ListedModels> {
  const answer = await server.ask({ method: 'GET', path: '/v1/models' }, signal)
  const text = await answer.body.text(listMaxLength)
  if (answer.status !== 200) throw new Error(`GET /v1/models answered ${answer.status}`)
  return modelList.parse(JSON.parse(text)).data
}
