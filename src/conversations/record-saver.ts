import { setTimeout } from 'node:timers/promises'
import type { HeldRecord } from './held-record.ts'
import type { RecentRecords } from './recent-records.ts'
import { within } from './within.ts'

/** Brings records from memory to the database, one after the other, the oldest first. */
export interface RecordSaver {
  /** Resolves when there is nothing left to save, or when the database has failed. */
  save(): Promise<void>
  /** Resolves when nothing is being saved, so that what is removed then stays removed. */
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
  let retrying: Promise<void> | undefined

  async function saveAll(): Promise<boolean> {
    try {
      for (let next = recent.nextUnsaved(); next !== undefined; next = recent.nextUnsaved()) {
        await write(next)
        recent.markSaved(next)
      }
      return true
    } catch {
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
      await saving
    },
    async stop() {
      stopping.abort()
      await within(attempt(), lastMs)
    },
  }
}
