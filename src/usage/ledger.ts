import { randomUUID } from 'node:crypto'
import { GatewayError } from '../chat/gateway-error.ts'
import type { OpenEntry } from '../chat/visit.ts'
import type { Database } from '../database/database.ts'
import type { DatabaseSettings } from '../database/database-settings.ts'
import type { GatewayUsageTable } from '../database/schema.ts'
import { watchAbandonedNotes } from './abandoned-notes.ts'
import { addUnspooled } from './add-unspooled.ts'
import { type EarlierUse, readEarlierUse } from './earlier-use.ts'
import { type EntryKeeper, openEntry } from './entry.ts'
import { failureCode } from './failure-code.ts'
import { identify } from './fit-text.ts'
import { openOrReplace } from './open-spool.ts'
import type { RateCard } from './rate-card.ts'
import { createRunningEntries } from './running-entries.ts'
import type { WordFromThread } from './shipping-messages.ts'
import { createShippingNews, type LedgerLog } from './shipping-news.ts'
import { createShippingThread } from './shipping-thread.ts'
import { createSpool } from './spool.ts'
import { packEntry } from './spooled-entry.ts'
import { type EntryQuery, readEntries, type Summary, type SummaryQuery, summarise } from './usage-queries.ts'
import { createWalSync } from './wal-sync.ts'

export interface LedgerParts {
  readonly spoolPath: string
  /** For reading, and for a last word; the thread that ships has connections of its own, by `databaseSettings`. */
  readonly database: Database
  readonly databaseSettings: DatabaseSettings
  readonly card: RateCard
  /** `strict` waits for the disk before an answer ends; `normal` leaves the last second to a power cut. */
  readonly durability: 'normal' | 'strict'
  /** What becomes of new requests while the spool cannot be written. */
  readonly whenFull: 'serve' | 'refuse'
  readonly retentionMs: number
  readonly log: LedgerLog
  /** Of the spool's write-ahead log. */
  readonly walPagesMax?: number
  /** Monotonic milliseconds. */
  now(): number
  /** Told of every entry as it is put on record. */
  onRecorded?(row: GatewayUsageTable): void
}

/**
 * How the ledger is: `ok`; `behind`, because the database takes no entries, which wait in the spool; `in-memory`, because
 * the spool cannot be written; `losing`, because its memory is full too.
 */
type LedgerWord = 'ok' | 'behind' | 'in-memory' | 'losing'

export interface Ledger {
  readonly open: OpenEntry
  readonly card: RateCard
  state(): { readonly word: LedgerWord }
  /** What has ended is in it. Throws DatabaseError. */
  entries(query: EntryQuery): Promise<readonly GatewayUsageTable[]>
  summary(query: SummaryQuery): Promise<Summary>
  /** What was used before, for limits and credits. Throws DatabaseError. */
  before(): Promise<EarlierUse>
  /** Begins to ship. */
  start(): void
  /** Ships what can be shipped in a moment, and closes. */
  close(): Promise<void>
}

const noteEveryMs = 2000
/** Longer than any pause between two notes of a process that lives. */
const noteGraceMs = 6000
/** How long a reader waits for what has just ended to be shipped. */
const hurryMs = 500
const farewellMs = 2000

/** The account of every request that reached a model: spooled before its answer ends, shipped to the database later. */
export function createLedger(parts: LedgerParts): Ledger {
  const { spoolPath, database, card, durability, log, now } = parts
  const process = randomUUID()
  const news = createShippingNews(log)
  let afterReplacing = (): void => undefined
  const openSpool = (onReplaced: () => void) =>
    openOrReplace(spoolPath, { process, address: database.location }, (aside) => {
      log.error({ aside }, 'the spool of the ledger was damaged, or none of ours, and is put aside')
      onReplaced()
      afterReplacing()
    })
  const onUnsynced = (thrown: unknown) => news.unsynced(failureCode(thrown))
  const spool = createSpool({
    open: openSpool,
    sync: durability === 'strict' ? createWalSync(spoolPath, onUnsynced) : undefined,
    log,
  })
  const note = (running: readonly { id: string; rowNow(): GatewayUsageTable }[]) =>
    spool.note(running.map((entry) => ({ id: entry.id, entry: packEntry(entry.rowNow()) })))
  const running = createRunningEntries({ now, noteEveryMs, note })
  const abandoned = watchAbandonedNotes({
    file: () => spool.file,
    now,
    graceMs: noteGraceMs,
    everyMs: noteEveryMs,
    onEnded: (count) => log.info({ count }, 'requests of a gateway that ended without a word are put on record'),
  })

  function hear(word: WordFromThread): void {
    if (word.type === 'ledger') spool.belongTo(word.id)
    else if (word.type === 'shipped') spool.removeTo(word.sequence)
    else if (word.type === 'refused') spool.refuse(word)
    else if (word.type === 'wal-began-anew') spool.goOn()
    else if (word.type === 'wal-is-long') {
      spool.pause()
      thread.beginWalAnew()
    }
  }

  const thread = createShippingThread({
    order: {
      work: 'ship-the-ledger',
      spoolPath,
      database: parts.databaseSettings,
      retentionMs: parts.retentionMs,
      walPagesMax: parts.walPagesMax,
    },
    onWord(word) {
      hear(word)
      news.hear(word)
    },
    onCrash() {
      spool.goOn()
      news.crashed()
    },
  })
  afterReplacing = thread.renew
  const keeper: EntryKeeper = {
    now,
    card,
    admit: running.add,
    keep(entry, row) {
      running.remove(entry)
      parts.onRecorded?.(row)
      return spool.end({ id: entry.id, entry: packEntry(row), noted: entry.noted }, running.isEmpty())
    },
  }

  async function caughtUp(): Promise<Database> {
    await thread.hurry(hurryMs)
    await database.migrate()
    return database
  }

  return {
    card,
    open(opening) {
      if (spool.state.trouble !== undefined && parts.whenFull === 'refuse') throw cannotRecord()
      return openEntry(opening, keeper)
    },
    state() {
      const { trouble, lost } = spool.state
      if (trouble !== undefined) return { word: lost > 0 ? 'losing' : 'in-memory' }
      return { word: news.isBehind ? 'behind' : 'ok' }
    },
    entries: async (query) => readEntries(await caughtUp(), recorded(query)),
    summary: async (query) => summarise(await caughtUp(), recorded(query)),
    before: async () => readEarlierUse(await caughtUp(), Date.now()),
    start: thread.start,
    async close() {
      running.stop()
      abandoned.stop()
      await thread.stop(farewellMs)
      await addUnspooled(database, spool.close(), farewellMs, log)
    },
  }
}

/** A key by the name that it has on record. */
function recorded<Query extends { readonly keyId: string | undefined }>(query: Query): Query {
  return query.keyId === undefined ? query : { ...query, keyId: identify(query.keyId) }
}

function cannotRecord(): GatewayError {
  const message = 'Requests cannot be recorded at the moment, so that none is served. Please try again shortly.'
  return new GatewayError('overloaded', message, { retryAfterSeconds: 5 })
}

/** Entries that are kept nowhere. */
export function createNoLedger(now: () => number, card: RateCard): OpenEntry {
  const keeper: EntryKeeper = { now, card, admit: () => undefined, keep: () => undefined }
  return (opening) => openEntry(opening, keeper)
}
