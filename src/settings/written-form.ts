import { formatMoney } from '../wire/money.ts'
import { formatByteSize } from './byte-size.ts'
import type { ServiceSettings, Settings } from './complete-settings.ts'
import { formatDatabaseUrl } from './database-url.ts'
import { formatDuration } from './duration.ts'
import type { RawMap } from './raw-map.ts'

/** Settings as the file would have them, every value there and no secret. */
export function toWrittenForm(settings: Settings): RawMap {
  return {
    host: settings.host,
    port: settings.port,
    databaseUrl: formatDatabaseUrl(settings.database),
    dataDir: settings.dataDir,
    adminKey: hide(settings.adminKey),
    logLevel: settings.logLevel,
    logFormat: settings.logFormat,
    shutdownGrace: formatDuration(settings.shutdownGraceMs),
    unknownModel: settings.unknownModel,
    firstEventHold: formatDuration(settings.firstEventHoldMs),
    keepAliveEvery: formatDuration(settings.keepAliveEveryMs),
    bodyMax: formatByteSize(settings.bodyMaxBytes),
    failedKeysPerMinute: settings.failedKeysPerMinute,
    trustProxy: settings.trustProxy,
    openWebuiJwtSecret: hide(settings.openWebuiJwtSecret),
    keys: toWrittenKeys(settings.keys),
    ledger: toWrittenLedger(settings.ledger),
    prices: toWrittenPrices(settings.prices),
    responses: toWrittenResponses(settings.responses),
    services: settings.services.map(toWrittenService),
  }
}

/** Too short to be taken for an administrator's key or a signing secret if it is loaded again. */
function hide(secret: string | null): string | null {
  return secret === null ? null : '***'
}

function toWrittenKeys({ syncEveryMs, staleMaxMs, table }: Settings['keys']): RawMap {
  return { syncEvery: formatDuration(syncEveryMs), staleMax: formatDuration(staleMaxMs), table }
}

function toWrittenResponses(responses: Settings['responses']): RawMap {
  const { store, keepForMs, maxBytesPerKey, maxBytesPerResponse } = responses
  return {
    store,
    keepFor: formatDuration(keepForMs),
    maxBytesPerKey: formatByteSize(maxBytesPerKey),
    maxBytesPerResponse: formatByteSize(maxBytesPerResponse),
  }
}

function toWrittenService(service: ServiceSettings): RawMap {
  const { connectMs, firstEventMs, idleMs, totalMs } = service.timeouts
  return {
    name: service.name,
    kind: service.kind,
    upstreams: service.upstreams,
    apiKey: hide(service.apiKey),
    model: service.model,
    aliases: service.aliases,
    defaults: service.defaults,
    maxTokens: service.maxTokens,
    maxChoices: service.maxChoices,
    maxImages: service.maxImages,
    maxAudio: service.maxAudio,
    remoteImages: toWrittenRemoteImages(service.remoteImages),
    anthropic: service.anthropic,
    gemini: service.gemini,
    thinkingOnly: service.thinkingOnly,
    contextWindow: service.contextWindow,
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

function toWrittenLedger({ enabled, spoolPath, durability, whenFull, retentionMs }: Settings['ledger']): RawMap {
  return { enabled, spool: spoolPath, durability, whenFull, retention: formatDuration(retentionMs) }
}

function toWrittenPrices({ currency, version, abandoned, ...amounts }: Settings['prices']): RawMap {
  return { currency, version, ...toWrittenAmounts(amounts), abandoned }
}

/** As text: a number would lose the end of a long amount. */
function toWrittenAmounts(amounts: Readonly<Record<string, number | null>>): RawMap {
  const pairs = Object.entries(amounts).map(([name, micro]) => [name, micro === null ? null : formatMoney(micro)])
  return Object.fromEntries(pairs)
}

function toWrittenRemoteImages({ enabled, bytesMax, timeoutMs, deny }: ServiceSettings['remoteImages']): RawMap {
  return { enabled, sizeMax: formatByteSize(bytesMax), timeout: formatDuration(timeoutMs), deny }
}
