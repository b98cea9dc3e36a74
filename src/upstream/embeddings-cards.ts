import * as z from 'zod'
import type { EmbeddingsCard } from '../embeddings/embeddings-upstream.ts'
import type { ModelServer } from './balance/model-server.ts'
import { createServiceModel } from './balance/service-model.ts'
import { createRouteLook } from './missing-route.ts'
import { createServerCards, type ServerCards } from './server-cards.ts'
import type { UpstreamState } from './server-looks.ts'
import type { VllmServer } from './vllm-server.ts'

export interface EmbeddingsCardsOptions {
  readonly servers: readonly ModelServer[]
  /** The owner's words, which beat what the servers say. */
  readonly kind: 'auto' | 'vllm' | 'llama.cpp'
  readonly model: string | null
  readonly inputTokens: number | null
  onChange(state: UpstreamState, cause: unknown): void
  /** A server runs another model than the service, and gets no requests; or not any more. */
  onOtherModel?(url: string, models: readonly string[] | undefined): void
}

export type EmbeddingsCards = ServerCards<EmbeddingsCard>

/** What one server says of itself. */
interface Told {
  readonly models: readonly ListedModel[]
  /** The context of llama-server, which may be smaller than its model's. */
  readonly context: number | null
}

const textMax = 262_144

const listedModel = z.object({
  id: z.string(),
  owned_by: z.string().nullish(),
  max_model_len: z.int().positive().nullish(),
  meta: z
    .object({
      n_vocab: z.int().positive().nullish(),
      n_ctx: z.int().positive().nullish(),
      n_ctx_train: z.int().positive().nullish(),
    })
    .nullish(),
})
const modelList = z.object({ data: z.array(listedModel).min(1) })
const serverProperties = z.object({ default_generation_settings: z.object({ n_ctx: z.int().positive() }) })

type ListedModel = z.output<typeof listedModel>

export function createEmbeddingsCards(options: EmbeddingsCardsOptions): EmbeddingsCards {
  const { servers, kind, model: wanted, onChange, onOtherModel } = options
  const serviceModel = createServiceModel({ servers, wanted, onOtherModel })
  const tales = new Map<VllmServer, Told>()
  const lookForRoute = createRouteLook('/v1/embeddings', 'make embeddings')

  async function look(server: VllmServer, signal: AbortSignal): Promise<EmbeddingsCard> {
    const models = await readModels(server, signal)
    const isLlama = kind === 'llama.cpp' || (kind === 'auto' && models[0]?.owned_by === 'llamacpp')
    if (!isLlama) await lookForRoute(server, signal)
    tales.set(server, { models, context: isLlama ? await readContext(server, signal) : null })
    const names = models.map(({ id }) => id)
    return cardOf(serviceModel.note(server, names))
  }

  function cardOf(model: string): EmbeddingsCard {
    const alike = servers.filter(({ otherModel }) => !otherModel).flatMap(({ server }) => tales.get(server) ?? [])
    return { model, ...boundsOf(alike, model, options.inputTokens) }
  }

  return createServerCards({ servers, look, onChange })
}

function boundsOf(tales: readonly Told[], model: string, owners: number | null) {
  const cards = tales.map(({ models, context }) => {
    const card = models.find(({ id }) => id === model) ?? models[0]
    const { n_ctx, n_ctx_train, n_vocab: vocabulary } = card?.meta ?? {}
    return { lengths: [card?.max_model_len, n_ctx, n_ctx_train, context], vocabulary }
  })
  const told = least(cards.flatMap(({ lengths }) => lengths))
  const vocabulary = least(cards.map((card) => card.vocabulary))
  const inputTokens = owners === null ? told : Math.min(owners, told ?? owners)
  return { inputTokens, isStrict: owners !== null && owners === inputTokens, vocabulary }
}

function least(numbers: readonly (number | null | undefined)[]): number | null {
  const known = numbers.filter((one) => one != null)
  return known.length === 0 ? null : Math.min(...known)
}

async function readModels(server: VllmServer, signal: AbortSignal): Promise<ListedModel[]> {
  const { status, text } = await get(server, '/v1/models', signal)
  if (status !== 200) throw new Error(`GET /v1/models answered ${status}`)
  return modelList.parse(JSON.parse(text)).data
}

/** Null where it does not tell: an owner may have switched it off. */
async function readContext(server: VllmServer, signal: AbortSignal): Promise<number | null> {
  const { status, text } = await get(server, '/props', signal)
  if (status !== 200) return null
  try {
    return serverProperties.parse(JSON.parse(text)).default_generation_settings.n_ctx
  } catch {
    return null
  }
}

async function get(server: VllmServer, path: string, signal: AbortSignal): Promise<{ status: number; text: string }> {
  const { status, body } = await server.ask({ method: 'GET', path, withoutModel: true }, signal)
  return { status, text: await body.text(textMax) }
}
