import { join } from 'node:path'
import { type OpenLimits, openLimits } from '../admission/open-limits.ts'
import { type Conversations, createConversations } from '../conversations/conversations.ts'
import { type Database, openDatabase } from '../database/database.ts'
import { makePrivateFolder } from '../database/private-folder.ts'
import type { AnyService } from '../http/any-service.ts'
import { type Keys, openKeys } from '../keys/keys.ts'
import type { Log } from '../log/create-log.ts'
import { createMediaOf } from '../media/media.ts'
import type { Network } from '../media/network.ts'
import type { Settings } from '../settings/settings.ts'
import { createTemporaryFolder } from '../speech/temporary-file.ts'
import { completeCard } from '../usage/complete-card.ts'
import { createLedger, type Ledger } from '../usage/ledger.ts'
import type { RateCard } from '../usage/rate-card.ts'
import { assembleService } from './any-service.ts'
import type { Assembled } from './service-parts.ts'

/** Everything behind the door. */
export interface House {
  readonly keys: Keys
  readonly card: RateCard
  /** Undefined where nothing is recorded. */
  readonly ledger: Ledger | undefined
  readonly limits: OpenLimits
  readonly conversations: Conversations
  readonly assembled: readonly Assembled<AnyService>[]
  readonly log: Log
  /** Monotonic milliseconds. */
  now(): number
  /** Begins what goes on in the background: looks at the model servers now, bookkeeping soon. */
  start(): void
  /** Begins the bookkeeping that has not begun yet: also what was answered in the first moment is shipped. */
  settle(): void
  /** Closes everything but the log, which may be told of it. */
  close(): Promise<void>
}

/** Puts the house together. Neither the database nor a model server has to be there; the data folder has to. */
export async function openHouse(settings: Settings, log: Log, network: Network): Promise<House> {
  const now = () => performance.now()
  makePrivateFolder(settings.dataDir)
  const database = openDatabase(settings.database)
  const keys = await openKeys({ database, settings, log })
  const card = completeCard(settings)
  const ledger = openLedger(settings, { database, card, log, now })
  const bounds = new Map(settings.services.map(({ name, limits }) => [name, limits] as const))
  const limits = openLimits({ now, readBefore: ledger?.before, services: bounds })
  // Below the data folder, because the folder for such files is often kept in memory, and closed to a container.
  const uploads = createTemporaryFolder(join(settings.dataDir, 'uploads'), uploadsMax(settings))
  const parts = { log, mediaOf: createMediaOf(network), limits, card, uploads }
  const assembled = settings.services.map((service) => assembleService(service, parts))
  const conversations = createConversations({ database, limits: settings.responses, log })
  const bookkeeping = startOnce(() => {
    ledger?.start()
    limits.start()
  })
  return {
    ...{ keys, card, ledger, limits, conversations, assembled, log, now },
    start() {
      for (const { start } of assembled) start()
      bookkeeping.soon()
    },
    settle: bookkeeping.now,
    async close() {
      await ledger?.close()
      await keys.stop()
      await conversations.stop()
      await Promise.all(assembled.map((one) => one.stop()))
      await database.close()
    },
  }
}

interface LedgerParts {
  readonly database: Database
  readonly card: RateCard
  readonly log: Log
  now(): number
}

function openLedger({ ledger, database: databaseSettings }: Settings, parts: LedgerParts): Ledger | undefined {
  return ledger.enabled ? createLedger({ ...ledger, ...parts, databaseSettings }) : undefined
}

/** As many as may run or wait, as many again on their way here, and what is made of those that run. */
function uploadsMax({ services }: Settings): number {
  const speech = services.filter(({ kind }) => kind === 'transcription')
  return speech.reduce((sum, { places, queue }) => sum + 2 * (places + queue) + places, 0)
}

/** Loading the thread that ships takes the time of some hundred requests, which those at the start would wait for on a single core. */
const startSoonMs = 100

/** Starts something soon, or now, and never twice. */
function startOnce(start: () => void): { soon(): void; now(): void } {
  let timer: NodeJS.Timeout | undefined
  let hasStarted = false
  function now(): void {
    clearTimeout(timer)
    if (!hasStarted) start()
    hasStarted = true
  }
  return {
    soon() {
      timer = setTimeout(now, startSoonMs)
    },
    now,
  }
}
