import { join } from 'node:path'
import closeWithGrace from 'close-with-grace'
import { type OpenLimits, openLimits } from './admission/open-limits.ts'
import { assembleService } from './assembly/any-service.ts'
import type { Assembled } from './assembly/service-parts.ts'
import { createServices, type Service } from './chat/services.ts'
import { type Conversations, createConversations } from './conversations/conversations.ts'
import { type Database, openDatabase } from './database/database.ts'
import { anthropicMessages } from './dialects/anthropic-messages/index.ts'
import { gemini } from './dialects/gemini/index.ts'
import { legacyChat } from './dialects/legacy-chat/index.ts'
import { openaiAudio } from './dialects/openai-audio/index.ts'
import { openaiChat } from './dialects/openai-chat/index.ts'
import { openaiEmbeddings } from './dialects/openai-embeddings/index.ts'
import { createOpenaiResponses } from './dialects/openai-responses/index.ts'
import { whisperInference } from './dialects/whisper-inference/index.ts'
import { createDoor, type Door } from './http/door.ts'
import { type Keys, openKeys } from './keys/keys.ts'
import { resolveSealSecret } from './keys/seal-secret.ts'
import { createLog, type Log } from './log/create-log.ts'
import { createMediaOf } from './media/media.ts'
import { openNetwork } from './media/network.ts'
import type { Settings } from './settings/settings.ts'
import { createTemporaryFolder } from './speech/temporary-file.ts'
import { completeCard } from './usage/complete-card.ts'
import { createLedger, createNoLedger, type Ledger } from './usage/ledger.ts'
import { createSeal } from './wire/seal.ts'

export interface Gateway {
  readonly url: string
  /** The administrator's key where it was made just now: to be shown once, and kept nowhere. */
  readonly generatedAdminKey: string | null
  /** Drains and closes; resolves when nothing is open any more. */
  stop(): Promise<void>
}

/** Starts everything. Neither the database nor vLLM has to be there yet. Throws when the port cannot be had. */
export async function startGateway(
  settings: Settings,
  version: string,
  log = openLog(settings),
  network = openNetwork(),
): Promise<Gateway> {
  const now = () => performance.now()
  const mediaOf = createMediaOf(network)
  const database = openDatabase(settings.database)
  const keys = await openKeys({ database, settings, log })
  const ledger = settings.ledger.enabled ? openLedger(settings, database, log, now) : undefined
  const bounds = new Map(settings.services.map(({ name, limits }) => [name, limits] as const))
  const limits = openLimits({ now, readBefore: ledger?.before, services: bounds })
  // Below the data folder, because the folder for such files is often kept in memory, and closed to a container.
  const uploads = createTemporaryFolder(join(settings.dataDir, 'uploads'), uploadsMax(settings))
  const parts = { log, mediaOf, limits, card: completeCard(settings), uploads }
  const assembled = settings.services.map((service) => assembleService(service, parts))
  const conversations = createConversations({ database, limits: settings.responses, log })
  const store = settings.responses.store ? conversations : undefined
  const door = await createDoor({
    version,
    services: createServices(
      assembled.map(({ service }) => service),
      settings.unknownModel,
    ),
    dialects: [openaiChat, legacyChat, anthropicMessages, gemini, createOpenaiResponses({ store }), openaiEmbeddings],
    speechDialects: [openaiAudio, whisperInference],
    seal: createSeal(await resolveSealSecret(settings.dataDir)),
    findKey: keys.find,
    keyAdmin: keys.admin,
    openEntry: ledger?.open ?? createNoLedger(now, completeCard(settings)),
    ledger,
    creditsLeft: limits.credits.left,
    limitsInUse: limits.inUse,
    keysState: () => keys.state,
    bodyMaxBytes: settings.bodyMaxBytes,
    trustProxy: settings.trustProxy,
    openWebuiJwtSecret: settings.openWebuiJwtSecret,
    failedKeysPerMinute: settings.failedKeysPerMinute,
    times: settings,
    now,
    log: log.access,
  })
  const bookkeeping = startOnce(() => {
    ledger?.start()
    limits.start()
  })
  const running = { door, keys, ledger, limits, conversations, assembled, database, log, bookkeeping }
  await keys.start()
  const port = await door.listen(settings).catch(async (thrown) => {
    await keys.discardGenerated()
    await close(running)
    throw thrown
  })
  for (const { start } of assembled) start()
  running.bookkeeping.soon()
  const url = `http://${settings.host.includes(':') ? `[${settings.host}]` : settings.host}:${port}`
  log.info({ url, version }, 'the gateway listens')
  return {
    url,
    generatedAdminKey: keys.generatedAdminKey,
    stop: () => stopGateway(running, settings.shutdownGraceMs),
  }
}

/** Loading the thread that ships takes the time of a hundred requests, which on a single core those at the start would wait for. */
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

/** As many as may run or wait, as many again on their way here, and what is made of those that run. */
function uploadsMax({ services }: Settings): number {
  const speech = services.filter(({ kind }) => kind === 'transcription')
  return speech.reduce((sum, { places, queue }) => sum + 2 * (places + queue) + places, 0)
}

function openLedger(settings: Settings, database: Database, log: Log, now: () => number): Ledger {
  const { ledger, database: databaseSettings } = settings
  return createLedger({ ...ledger, database, databaseSettings, card: completeCard(settings), log, now })
}

function openLog({ logLevel: level, logFormat: wanted }: Settings): Log {
  const usual = process.stdout.isTTY ? 'pretty' : 'json'
  return createLog({ level, format: wanted === 'auto' ? usual : wanted })
}

interface Running {
  readonly door: Door
  readonly keys: Keys
  readonly ledger: Ledger | undefined
  readonly limits: OpenLimits
  readonly conversations: Conversations
  readonly assembled: readonly Assembled<Service>[]
  readonly database: Database
  readonly log: Log
  /** The ledger's thread, and what limits take up from before. */
  readonly bookkeeping: ReturnType<typeof startOnce>
}

async function stopGateway(running: Running, graceMs: number): Promise<void> {
  running.log.info({}, 'the gateway ends: running requests are finished')
  await running.door.drain(graceMs)
  // Also what was answered in the first moment is shipped.
  running.bookkeeping.now()
  running.log.info({}, 'the gateway has ended')
  await close(running)
}

async function close({ door, keys, ledger, limits, conversations, assembled, database, log }: Running): Promise<void> {
  limits.stop()
  await door.close()
  await ledger?.close()
  await keys.stop()
  await conversations.stop()
  await Promise.all(assembled.map((one) => one.stop()))
  await database.close()
  await log.close()
}

/** What comes on top of the grace before the process ends whatever hangs. */
const marginMs = 10_000

/** Runs until a signal says stop; a second signal ends at once. */
export function stopOnSignal(graceMs: number, stop: () => Promise<void>): void {
  closeWithGrace({ delay: graceMs + marginMs, logger: false, skip: ['beforeExit'] }, async ({ err }) => {
    if (err !== undefined) process.stderr.write(`${err.stack ?? err.message}\n`)
    await stop()
  })
}
