import { formatByteSize } from './byte-size.ts'
import type { Settings } from './complete-settings.ts'
import { formatDatabaseUrl } from './database-url.ts'
import { formatDuration } from './duration.ts'
import type { RawMap } from './raw-map.ts'
import { hide, toWrittenAmounts, toWrittenService } from './written-service.ts'

/** Settings as the file would have them, every value there and no secret. */
export function toWrittenForm(settings: Settings): RawMap {
  return {
    host: settings.host,
    port: settings.port,
    databaseUrl: formatDatabaseUrl(settings.database),
    migrate: settings.database.mayMigrate ?? true,
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

function toWrittenLedger({ enabled, spoolPath, durability, whenFull, retentionMs }: Settings['ledger']): RawMap {
  return { enabled, spool: spoolPath, durability, whenFull, retention: formatDuration(retentionMs) }
}

function toWrittenPrices({ currency, version, abandoned, ...amounts }: Settings['prices']): RawMap {
  return { currency, version, ...toWrittenAmounts(amounts), abandoned }
}
