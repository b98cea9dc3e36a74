import type { KeyFailure } from './describe-failure.ts'
import type { KeyLog } from './key-log.ts'
import type { Snapshot } from './key-snapshot.ts'
import type { KeyReading } from './key-store.ts'
import { slowMs } from './store-reader.ts'

/** Tells what changes about the reading of keys, once each. */
export interface ReadingLog {
  succeeded(reading: KeyReading, tookMs: number): void
  /** Keys are known from the copy on disk. */
  warmedUp(snapshot: Snapshot): void
  /** The word says what the failure means for the keys. */
  failed(failure: KeyFailure, word: keyof typeof consequences): void
}

const consequences = {
  waiting: 'waiting for the keys: nobody but the administrator is let in',
  fresh: 'the keys cannot be read',
  stale: 'the keys cannot be read: known ones keep working, others are told to try again',
  expired: 'the keys have not been read for too long: nobody but the administrator is let in',
}

const slowWords = `reading the keys takes more than ${slowMs / 1000} s: from then to its end unknown keys are told to try again`

export function createReadingLog(log: KeyLog, store: string): ReadingLog {
  const told = new Set<string>()
  let wasRead = false
  let isSlow = false
  let problems: readonly string[] = []
  return {
    succeeded(reading, tookMs) {
      const fields = { store, keys: reading.records.length }
      if (!wasRead) log.info(fields, 'the keys have been read')
      else if (told.size > 0) log.info(fields, 'the keys can be read again')
      const fresh = reading.problems.filter((problem) => !problems.includes(problem))
      for (const problem of fresh) log.warn({ store }, problem)
      problems = reading.problems
      if (tookMs > slowMs && !isSlow) log.warn({ store, took_ms: Math.round(tookMs) }, slowWords)
      // One that lies just around the bound is told of once.
      isSlow = tookMs > (isSlow ? slowMs / 2 : slowMs)
      wasRead = true
      told.clear()
    },
    warmedUp({ records, readAtMs }) {
      const fields = { store, keys: records.length, read_at: new Date(readAtMs).toISOString() }
      log.info(fields, 'the keys are known from the copy on disk')
    },
    failed({ code, message }, word) {
      const state = `${word} ${message}`
      if (told.has(state)) return
      told.add(state)
      const level = word === 'expired' || code === 'TABLE_MISMATCH' ? 'error' : 'warn'
      log[level]({ store, code, reason: message }, consequences[word])
    },
  }
}
