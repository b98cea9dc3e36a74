import { formatMoney } from '../wire/money.ts'
import { formatByteSize } from './byte-size.ts'
import type { ServiceSettings } from './complete-settings.ts'
import { formatDuration } from './duration.ts'
import type { RawMap } from './raw-map.ts'

type ServiceOf<Kind extends ServiceSettings['kind']> = Extract<ServiceSettings, { kind: Kind }>

/** A service as the file would have it, every value there and no secret. */
export function toWrittenService(service: ServiceSettings): RawMap {
  const { connectMs, firstEventMs, idleMs, totalMs } = service.timeouts
  return {
    name: service.name,
    kind: service.kind,
    server: service.server,
    upstreams: service.upstreams,
    balance: service.balance,
    apiKey: hide(service.apiKey),
    model: service.model,
    aliases: service.aliases,
    ...toWrittenOwn(service),
    limits: service.limits,
    places: service.places,
    queue: service.queue,
    timeouts: {
      connect: formatDuration(connectMs),
      firstEvent: formatDuration(firstEventMs),
      idle: formatDuration(idleMs),
      total: formatDuration(totalMs),
    },
    prices: toWrittenAmounts(service.prices),
  }
}

/** What only services of its kind have. */
function toWrittenOwn(service: ServiceSettings): RawMap {
  switch (service.kind) {
    case 'chat':
      return toWrittenChat(service)
    case 'embeddings':
      return toWrittenEmbeddings(service)
    case 'transcription':
      return toWrittenTranscription(service)
    default:
      return service satisfies never
  }
}

function toWrittenChat(service: ServiceOf<'chat'>): RawMap {
  const { enabled, bytesMax, timeoutMs, deny } = service.remoteImages
  return {
    defaults: service.defaults,
    maxTokens: service.maxTokens,
    maxChoices: service.maxChoices,
    maxImages: service.maxImages,
    maxAudio: service.maxAudio,
    remoteImages: { enabled, sizeMax: formatByteSize(bytesMax), timeout: formatDuration(timeoutMs), deny },
    anthropic: service.anthropic,
    gemini: service.gemini,
    thinkingOnly: service.thinkingOnly,
    contextWindow: service.contextWindow,
  }
}

function toWrittenEmbeddings({ maxInputs, inputTokens, overlong, prompts, batch }: ServiceOf<'embeddings'>): RawMap {
  const { waitMs, inputsMax, tokensMax } = batch
  const written = { wait: formatDuration(waitMs), inputs: inputsMax, tokens: tokensMax }
  return { maxInputs, inputTokens, overlong, prompts, batch: written }
}

function toWrittenTranscription({ uploadMaxBytes, durationMaxMs, convert }: ServiceOf<'transcription'>): RawMap {
  return { uploadMax: formatByteSize(uploadMaxBytes), durationMax: formatDuration(durationMaxMs), convert }
}

/** As text: a number would lose the end of a long amount. */
export function toWrittenAmounts(amounts: Readonly<Record<string, number | null>>): RawMap {
  const pairs = Object.entries(amounts).map(([name, micro]) => [name, micro === null ? null : formatMoney(micro)])
  return Object.fromEntries(pairs)
}

/** Too short to be taken for an administrator's key or a signing secret if it is loaded again. */
export function hide(secret: string | null): string | null {
  return secret === null ? null : '***'
}
