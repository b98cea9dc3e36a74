import { createHash } from 'node:crypto'
import { GatewayError } from '../chat/gateway-error.ts'
import type { Database } from '../database/database.ts'
import { createPresence, type PresenceLog } from './presence.ts'
import { createRecentRecords } from './recent-records.ts'
import { createRecordSaver } from './record-saver.ts'
import { createRecordTable } from './record-table.ts'
import { within } from './within.ts'

export interface ConversationParts {
  readonly database: Database
  readonly limits: {
    readonly keepForMs: number
    readonly maxBytesPerKey: number
    readonly maxBytesPerResponse: number
  }
  readonly log: PresenceLog
  /** Milliseconds since 1970. */
  readonly now?: () => number
  readonly cleanEveryMs?: number
  /** How long an answer's end is held up by a slow database, at most. */
  readonly patienceMs?: number
}

interface Kept {
  readonly id: string
  readonly text: string
}

/** Texts that are kept for a while under an id, for the key that they were made with and for no other. */
export interface Conversations {
  /**
   * Resolves when the text is in the database, or where that takes long, in memory; never throws. A text that is too
   * large is not kept, and a key's oldest give way to its newest.
   */
  put(keyId: string, kept: Kept): Promise<void>
  /** Throws `overloaded` where the database is away and memory does not hold it. */
  get(keyId: string, id: string): Promise<Kept | undefined>
  /** False where there is none; throws like `get`. */
  remove(keyId: string, id: string): Promise<boolean>
  /** Resolves when what is only in memory has been tried once more. */
  stop(): Promise<void>
}

/** In memory, of all keys together. */
const recentBytesMax = 64 * 2 ** 20
const usualPatienceMs = 500
const usualCleanEveryMs = 60_000

export function createConversations(parts: ConversationParts): Conversations {
  const { database, limits, log, now = Date.now } = parts
  const { cleanEveryMs = usualCleanEveryMs, patienceMs = usualPatienceMs } = parts
  const { keepForMs, maxBytesPerKey, maxBytesPerResponse } = limits
  const table = createRecordTable(database, maxBytesPerKey, now)
  const recent = createRecentRecords({ bytesMax: recentBytesMax, bytesPerOwnerMax: maxBytesPerKey }, now)
  const presence = createPresence(log)
  const saver = createRecordSaver({ recent, write: (record) => presence.note(table.save(record)) })
  let cleaning: NodeJS.Timeout | undefined

  /** Only where responses are used is there a table at all. */
  function keepClean(): void {
    cleaning ??= setInterval(() => presence.note(table.removeExpired()).catch(() => {}), cleanEveryMs).unref()
  }

  async function read(owner: string, id: string): Promise<{ readonly text: string } | undefined> {
    const held = recent.find(owner, id)
    if (held !== undefined && (presence.isAway || recent.isUnsaved(owner, id))) return held
    try {
      // Another gateway may have removed what is in memory here.
      return await presence.note(table.read(owner, id))
    } catch (thrown) {
      if (held !== undefined) return held
      throw unavailable(thrown)
    }
  }

  return {
    async put(keyId, { id, text }) {
      const bytes = Buffer.byteLength(text)
      if (bytes > maxBytesPerResponse) return
      keepClean()
      const createdAtMs = now()
      recent.add({ owner: ownerOf(keyId), id, text, bytes, createdAtMs, expiresAtMs: createdAtMs + keepForMs })
      const saved = saver.save()
      if (!presence.isAway) await within(saved, patienceMs)
    },
    async get(keyId, id) {
      keepClean()
      const found = await read(ownerOf(keyId), id)
      return found === undefined ? undefined : { id, text: found.text }
    },
    async remove(keyId, id) {
      const owner = ownerOf(keyId)
      const wasUnsaved = recent.isUnsaved(owner, id)
      recent.remove(owner, id)
      await saver.settled()
      const wasSaved = await presence.note(table.remove(owner, id)).catch((thrown: unknown) => {
        throw unavailable(thrown)
      })
      return wasSaved || wasUnsaved
    },
    async stop() {
      clearInterval(cleaning)
      await saver.stop()
    },
  }
}

/** Ids of keys may be anything, and are nobody's business who reads the table. */
function ownerOf(keyId: string): string {
  return createHash('sha256').update(keyId).digest('hex')
}

function unavailable(cause: unknown): GatewayError {
  const message = 'Responses that were kept cannot be looked up right now. Please try again shortly.'
  return new GatewayError('overloaded', message, { cause, retryAfterSeconds: 5 })
}
