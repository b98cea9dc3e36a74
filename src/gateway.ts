import closeWithGrace from 'close-with-grace'
import { type OpenLimits, openLimits } from './admission/open-limits.ts'
import { createPlaces } from './admission/places.ts'
import { createServeChat, type RequestLimits } from './chat/serve-chat.ts'
import { createServices, type Service } from './chat/services.ts'
import { type Conversations, createConversations } from './conversations/conversations.ts'
import { type Database, openDatabase } from './database/database.ts'
import { anthropicMessages } from './dialects/anthropic-messages/index.ts'
import { gemini } from './dialects/gemini/index.ts'
import { legacyChat } from './dialects/legacy-chat/index.ts'
import { openaiChat } from './dialects/openai-chat/index.ts'
import { createOpenaiResponses } from './dialects/openai-responses/index.ts'
import { createDoor, type Door } from './http/door.ts'
import { type Keys, openKeys } from './keys/keys.ts'
import { resolveSealSecret } from './keys/seal-secret.ts'
import { createLog, type Log } from './log/create-log.ts'
import { describeCause } from './log/describe-cause.ts'
import { createMediaOf, type MediaOf } from './media/media.ts'
import { openNetwork } from './media/network.ts'
import type { ServiceSettings, Settings } from './settings/settings.ts'
import { watchAnswers } from './upstream/answer-watch.ts'
import { createChatUpstream } from './upstream/chat-upstream.ts'
import { createContextWindow } from './upstream/context-window.ts'
import { estimatePrompt } from './upstream/estimate-prompt.ts'
import { createModelCards, type ModelCards, type UpstreamState } from './upstream/model-cards.ts'
import { createVllmServer, type VllmServer } from './upstream/vllm-server.ts'
import { completeCard } from './usage/complete-card.ts'
import { createLedger, createNoLedger, type Ledger } from './usage/ledger.ts'
import { weighing } from './usage/weighing.ts'
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
  const limits = openLimits({ now, readBefore: ledger?.before, ...boundsOf(settings) })
  const parts = { log, mediaOf, requestLimits: limits.requestLimits }
  const assembled = settings.services.map((service) => assembleService(service, parts))
  const conversations = createConversations({ database, limits: settings.responses, log })
  const store = settings.responses.store ? conversations : undefined
  const door = await createDoor({
    version,
    services: createServices(
      assembled.map(({ service }) => service),
      settings.unknownModel,
    ),
    dialects: [openaiChat, legacyChat, anthropicMessages, gemini, createOpenaiResponses({ store })],
    seal: createSeal(await resolveSealSecret(settings.dataDir)),
    findKey: keys.find,
    keyAdmin: keys.admin,
    openEntry: ledger?.open ?? createNoLedger(now, completeCard(settings)),
    ledger,
    creditsLeft: limits.credits.left,
    keysState: () => keys.state,
    bodyMaxBytes: settings.bodyMaxBytes,
    trustProxy: settings.trustProxy,
    openWebuiJwtSecret: settings.openWebuiJwtSecret,
    failedKeysPerMinute: settings.failedKeysPerMinute,
    times: settings,
    now,
    log: log.access,
  })
  const running = { door, keys, ledger, limits, conversations, assembled, database, log }
  await keys.start()
  const port = await door.listen(settings).catch(async (thrown) => {
    await keys.discardGenerated()
    await close(running)
    throw thrown
  })
  for (const { modelCards } of assembled) modelCards.start()
  ledger?.start()
  limits.start()
  const url = `http://${settings.host.includes(':') ? `[${settings.host}]` : settings.host}:${port}`
  log.info({ url, version }, 'the gateway listens')
  return {
    url,
    generatedAdminKey: keys.generatedAdminKey,
    stop: () => stopGateway(running, settings.shutdownGraceMs),
  }
}

function openLedger(settings: Settings, database: Database, log: Log, now: () => number): Ledger {
  const { ledger, database: databaseSettings } = settings
  return createLedger({ ...ledger, database, databaseSettings, card: completeCard(settings), log, now })
}

/** What bounds requests: the services' own limits, and the most that a request may take of a key's. */
function boundsOf(settings: Settings) {
  const services = new Map(settings.services.map(({ name, limits }) => [name, limits] as const))
  return { services, weigh: weighing(completeCard(settings), estimatePrompt) }
}

interface AssembledService {
  readonly service: Service
  readonly modelCards: ModelCards
  readonly servers: readonly VllmServer[]
}

interface ServiceParts {
  readonly log: Log
  readonly mediaOf: MediaOf
  readonly requestLimits: RequestLimits
}

function assembleService(settings: ServiceSettings, { log, mediaOf, requestLimits }: ServiceParts): AssembledService {
  const { name, aliases, timeouts, thinkingOnly } = settings
  const servers = settings.upstreams.map((url) =>
    createVllmServer({ url, apiKey: settings.apiKey, connectMs: timeouts.connectMs }),
  )
  const modelCards = createModelCards({
    servers,
    model: settings.model,
    contextWindow: settings.contextWindow,
    onChange: (state, cause) => tellUpstream(log, settings, state, cause),
  })
  const contextWindow = createContextWindow({ servers, modelCards })
  const admission = createPlaces({ placesMax: settings.places, queueMax: settings.queue })
  const { fitExactly } = contextWindow
  const upstream = watchAnswers(
    createChatUpstream({ servers, modelCards, limits: timeouts, fitExactly, thinkingOnly }),
    (failing, cause) => tellUpstream(log, settings, failing ? 'failing' : 'ready', cause),
  )
  const serveChat = createServeChat({
    media: mediaOf(settings.remoteImages),
    contextWindow,
    limits: requestLimits,
    admission,
    upstream,
  })
  const status = () => ({
    upstream: modelCards.state === 'ready' && upstream.failing ? ('failing' as const) : modelCards.state,
    model: modelCards.known?.model ?? null,
    contextWindow: modelCards.known?.contextWindow ?? null,
    running: admission.running,
    waiting: admission.waiting,
  })
  const policy = {
    ...settings,
    remoteImages: settings.remoteImages.enabled,
    geminiEndWithDone: settings.gemini.endWithDone,
    stripBillingHeader: settings.anthropic.stripBillingHeader,
  }
  const service = { name, aliases, policy, serveChat, countTokens: contextWindow.count, status }
  return { service, modelCards, servers }
}

type UpstreamWord = UpstreamState | 'failing'

const upstreamWords = {
  waiting: 'waiting for the model server',
  ready: 'the model server is ready',
  unreachable: 'the model server cannot be reached',
  failing: 'the model server is there, but its last answers all failed',
} satisfies Record<UpstreamWord, string>

function tellUpstream(log: Log, { name, upstreams }: ServiceSettings, state: UpstreamWord, cause: unknown): void {
  const fields = { service: name, upstreams, cause: cause === undefined ? undefined : describeCause(cause) }
  if (state === 'ready') log.info(fields, upstreamWords[state])
  else log.warn(fields, upstreamWords[state])
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
  readonly assembled: readonly AssembledService[]
  readonly database: Database
  readonly log: Log
}

async function stopGateway(running: Running, graceMs: number): Promise<void> {
  running.log.info({}, 'the gateway ends: running requests are finished')
  await running.door.drain(graceMs)
  running.log.info({}, 'the gateway has ended')
  await close(running)
}

async function close({ door, keys, ledger, limits, conversations, assembled, database, log }: Running): Promise<void> {
  limits.stop()
  await door.close()
  await ledger?.close()
  await keys.stop()
  await conversations.stop()
  for (const { modelCards, servers } of assembled) {
    modelCards.stop()
    await Promise.all(servers.map((server) => server.close()))
  }
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
