import { setTimeout } from 'node:timers/promises'
import type { HeldRecord } from './held-record.ts'
import type { RecentRecords } from './recent-records.ts'
import { within } from './within.ts'

/** Brings records from memory to the database, one after the other, the oldest first. */
export interface RecordSaver {
  /** Resolves when there is nothing left to save, or when the database has failed. */
  save(): Promise<void>
  /** Resolves when what is being written now is, or has failed: what was forgotten before is not written after. */
  settled(): Promise<void>
  /** Tries once more, for no longer than a second. */
  stop(): Promise<void>
}

interface SaverParts {
  readonly recent: RecentRecords
  /** Throws where the database is away. */
  write(record: HeldRecord): Promise<void>
}

const retryMs = 2000
const lastMs = 1000

export function createRecordSaver({ recent, write }: SaverParts): RecordSaver {
  const stopping = new AbortController()
  let saving: Promise<boolean> | undefined
  let writing: Promise<boolean> | undefined
  let retrying: Promise<void> | undefined

  async function saveAll(): Promise<boolean> {
    for (let next = recent.nextUnsaved(); next !== undefined; next = recent.nextUnsaved()) {
      writing = saveOne(next)
      if (!(await writing)) return false
    }
    return true
  }

  /** A database that is there may still never take this one, which must not keep it from the others. */
  async function saveOne(record: HeldRecord): Promise<boolean> {
    try {
      await write(record)
      recent.markSaved(record)
      return true
    } catch {
      recent.postpone(record)
      return false
    }
  }

  /** Whoever comes while others are being saved waits for those, and then looks whether his own is among them. */
  async function attempt(): Promise<boolean> {
    while (recent.nextUnsaved() !== undefined) {
      saving ??= saveAll().finally(() => {
        saving = undefined
      })
      if (!(await saving)) return false
    }
    return true
  }

  async function retry(): Promise<void> {
    do {
      await setTimeout(retryMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {})
    } while (!stopping.signal.aborted && !(await attempt()))
    retrying = undefined
  }

  return {
    async save() {
      if (retrying === undefined && !(await attempt())) retrying ??= retry()
    },
    async settled() {
      await writing
    },
    async stop() {
      stopping.abort()
      await within(attempt(), lastMs)
    },
  }
}
