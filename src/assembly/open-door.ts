import { createServices } from '../chat/services.ts'
import { anthropicMessages } from '../dialects/anthropic-messages/index.ts'
import { gemini } from '../dialects/gemini/index.ts'
import { legacyChat } from '../dialects/legacy-chat/index.ts'
import { openaiAudio } from '../dialects/openai-audio/index.ts'
import { openaiChat } from '../dialects/openai-chat/index.ts'
import { openaiEmbeddings } from '../dialects/openai-embeddings/index.ts'
import { createOpenaiResponses } from '../dialects/openai-responses/index.ts'
import { whisperInference } from '../dialects/whisper-inference/index.ts'
import { createDoor, type Door } from '../http/door.ts'
import { withKnownNames } from '../keys/known-names.ts'
import { resolveSealSecret } from '../keys/seal-secret.ts'
import type { Settings } from '../settings/settings.ts'
import { createNoLedger } from '../usage/ledger.ts'
import { createSeal } from '../wire/seal.ts'
import type { House } from './house.ts'

/** Puts the door before the house: which dialects are spoken there, and whom it asks about keys, limits and accounts. */
export async function openDoor(house: House, settings: Settings, version: string): Promise<Door> {
  const { keys, card, ledger, limits, conversations, assembled, log, now } = house
  const store = settings.responses.store ? conversations : undefined
  const services = assembled.map(({ service }) => service)
  return createDoor({
    version,
    services: createServices(services, settings.unknownModel),
    dialects: [openaiChat, legacyChat, anthropicMessages, gemini, createOpenaiResponses({ store }), openaiEmbeddings],
    speechDialects: [openaiAudio, whisperInference],
    seal: createSeal(await resolveSealSecret(settings.dataDir)),
    findKey: keys.find,
    keyAdmin: withKnownNames(
      keys.admin,
      services.map(({ name }) => name),
    ),
    openEntry: ledger?.open ?? createNoLedger(now, card),
    ledger,
    creditsLeft: limits.credits.left,
    limitsInUse: limits.inUse,
    holdUpload: limits.hold,
    keysState: () => keys.state,
    bodyMaxBytes: settings.bodyMaxBytes,
    trustProxy: settings.trustProxy,
    openWebuiJwtSecret: settings.openWebuiJwtSecret,
    failedKeysPerMinute: settings.failedKeysPerMinute,
    times: settings,
    now,
    log: log.access,
  })
}
